#include "calendar/itip/time/zone/windows_zones.h"

#include <algorithm>
#include <map>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/time/zone/windows_zone_names.h"

namespace calendar::itip {

namespace {

/// What is left of a name that programs write with and without its offset, with commas, slashes or semicolons.
std::string essence(std::string_view name) {
    if (name.starts_with('(')) name.remove_prefix(std::min(name.find(')') + 1, name.size()));
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool is_sign = c == '+' || (c == '-' && i + 1 < name.size() && base::digits_only(name.substr(i + 1, 1)));
        if (base::letter_or_digit(c) || is_sign || c == ' ') text += base::lower(c);
    }
    constexpr std::string_view conjunction = " and ";
    for (auto at = text.find(conjunction); at != std::string::npos; at = text.find(conjunction, at))
        text.erase(at, conjunction.size());
    std::erase(text, ' ');
    return text;
}

using Ids = std::map<std::string, std::string_view, std::less<>>;

Ids ids_by_essence() {
    Ids ids;
    for (const WindowsZoneName& zone : windows_zone_names)
        ids.emplace(essence(zone.name), zone.id);
    return ids;
}

}  // namespace

std::string_view windows_zone_called(std::string_view name) {
    static const Ids ids = ids_by_essence();
    const auto found = ids.find(essence(name));
    return found == ids.end() ? std::string_view() : found->second;
}

}  // namespace calendar::itip
