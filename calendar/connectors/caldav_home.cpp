#include "calendar/connectors/caldav_home.h"

#include <algorithm>

#include "calendar/base/template.h"

namespace calendar::connectors {
namespace {

/// What two spellings of one path have in common: percent-encoding undone (RFC 3986 6.2.2), one '/' at the end.
std::string plain(std::string_view path) {
    auto out = base::percent_decoded(path);
    if (!out.ends_with('/')) out += '/';
    return out;
}

}  // namespace

bool ListedCalendar::takes(std::string_view component) const {
    return components.empty() || std::find(components.begin(), components.end(), component) != components.end();
}

CaldavHome home_of(const std::string& configured, const std::vector<ListedCalendar>& listed) {
    const auto is_configured = [want = plain(configured)](const ListedCalendar& each) {
        return plain(each.path) == want;
    };
    CaldavHome home{.configured = {configured}, .beside = {}};
    const auto own = std::find_if(listed.begin(), listed.end(), is_configured);
    if (own == listed.end()) return home;
    home.configured.components = own->components;
    auto& beside = home.beside;
    for (const auto& each : listed) {
        const bool of_another = !own->owner.empty() && !each.owner.empty() && own->owner != each.owner;
        if (is_configured(each) || of_another) continue;
        beside.push_back(each);
        if (!each.path.ends_with('/')) beside.back().path += '/';
    }
    // In an order of our own, so that the same event is found in the same calendar every time.
    std::ranges::stable_sort(beside, {}, &ListedCalendar::path);
    const auto twice = std::ranges::unique(beside, {}, &ListedCalendar::path);
    beside.erase(twice.begin(), twice.end());
    if (beside.size() > most_calendars) beside.resize(most_calendars);
    return home;
}

}  // namespace calendar::connectors
