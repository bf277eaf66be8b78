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

std::vector<std::string> calendars_beside(const std::string& configured, const std::vector<ListedCalendar>& home) {
    const auto is_configured = [want = plain(configured)](const ListedCalendar& each) {
        return plain(each.path) == want;
    };
    const auto own = std::find_if(home.begin(), home.end(), is_configured);
    if (own == home.end()) return {};
    std::vector<std::string> paths;
    for (const auto& each : home) {
        const bool of_another = !own->owner.empty() && !each.owner.empty() && own->owner != each.owner;
        if (is_configured(each) || of_another) continue;
        paths.push_back(each.path.ends_with('/') ? each.path : each.path + '/');
    }
    // In an order of our own, so that the same event is found in the same calendar every time.
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    if (paths.size() > most_calendars) paths.resize(most_calendars);
    return paths;
}

}  // namespace calendar::connectors
