#include "calendar/connectors/caldav_home.h"

#include <algorithm>
#include <tuple>

#include "calendar/base/template.h"
#include "calendar/base/text.h"

namespace calendar::connectors {
namespace {

/// What two spellings of one path have in common: percent-encoding undone (RFC 3986 6.2.2), one '/' at the end.
std::string plain(std::string_view path) {
    auto out = base::percent_decoded(path);
    if (!out.ends_with('/')) out += '/';
    return out;
}

/// Of two owners that are both known.
bool differ(const std::string& owner, const std::string& other) {
    return !owner.empty() && !other.empty() && plain(owner) != plain(other);
}

}  // namespace

bool ListedCalendar::may_hold(std::string_view component) const {
    return components.empty() ||
           std::ranges::any_of(components, [&](const auto& each) { return base::same_word(each, component); });
}

std::vector<ListedCalendar> calendars_to_search(const std::string& configured,
                                                const std::vector<ListedCalendar>& home) {
    const auto is_configured = [want = plain(configured)](const ListedCalendar& each) {
        return plain(each.path) == want;
    };
    const auto own = std::ranges::find_if(home, is_configured);
    if (own == home.end()) return {{configured}};
    std::vector<ListedCalendar> others;
    for (const auto& each : home)
        if (!is_configured(each) && !differ(own->owner, each.owner)) others.push_back(each);
    // In an order of our own, so that the same event is found in the same calendar every time.
    std::ranges::sort(others, {}, &ListedCalendar::path);
    const auto twice = std::ranges::unique(others, {}, &ListedCalendar::path);
    others.erase(twice.begin(), twice.end());
    if (others.size() > most_calendars) others.resize(most_calendars);
    others.insert(others.begin(), *own);
    others.front().path = configured;
    return others;
}

std::optional<std::string> oldest_for_events(const std::vector<ListedCalendar>& home, const std::string& owner) {
    const ListedCalendar* oldest = nullptr;
    // Those without a date behind the others.
    const auto age = [](const ListedCalendar& each) {
        return std::tuple(each.created.empty(), std::string_view(each.created), std::string_view(each.path));
    };
    for (const auto& each : home) {
        if (!each.may_hold("VEVENT") || differ(owner, each.owner)) continue;
        if (oldest == nullptr || age(each) < age(*oldest)) oldest = &each;
    }
    return oldest == nullptr ? std::nullopt : std::optional(oldest->path);
}

}  // namespace calendar::connectors
