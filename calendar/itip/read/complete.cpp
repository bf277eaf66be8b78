#include "calendar/itip/read/complete.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/offset_zone.h"
#include "calendar/itip/time/time_zone.h"

namespace calendar::itip {

namespace {

/// Of one time, which is in UTC where it says no zone; none when it is no time.
std::optional<std::int64_t> instant(const Property* property) {
    if (property == nullptr || property->value.find_first_of(",/") != std::string::npos) return std::nullopt;
    const auto at = moment_of(*property);
    return at ? std::optional(at->seconds) : std::nullopt;
}

bool is_time(const Property& property) {
    constexpr std::array<std::string_view, 6> times{"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RDATE", "EXDATE"};
    return std::ranges::any_of(times, [&](std::string_view name) { return property.is(name); });
}

/// Would the values mean the same in any zone? Days, and times in UTC (RFC 5545 3.2.19).
bool needs_no_zone(const Property& property) {
    bool none = true;
    base::for_each_piece(property.value, ',', [&](std::string_view piece) {
        const auto clock = wall_clock(base::trimmed(piece.substr(0, piece.find('/'))));
        none = none && clock && (clock->date || clock->utc);
    });
    return none;
}

}  // namespace

Expected<void> settle_dtstamp(Component& component, std::optional<std::int64_t> sent) {
    Property* const stamp = component.find("DTSTAMP");
    const bool missing = stamp == nullptr || base::trimmed(stamp->value).empty();
    const auto clock = missing ? std::nullopt : wall_clock(base::trimmed(stamp->value));
    if (clock && clock->utc && !stamp->parameter("TZID")) return {};
    auto at = missing ? std::nullopt : instant(stamp);
    if (!missing && !at) return refuse(Reason::bad_calendar, fault(component, *stamp, "not a time"));
    if (!at) at = instant(component.find("LAST-MODIFIED"));
    if (!at) at = instant(component.find("CREATED"));
    if (!at) at = sent;
    if (!at)
        return refuse(
            Reason::missing_dtstamp,
            fault(component, "DTSTAMP is missing, and so are LAST-MODIFIED, CREATED and the Date of the mail"));
    component.set("DTSTAMP", date_time(*at) + 'Z');
    for (const char* const name : {"TZID", "VALUE"})
        component.find("DTSTAMP")->set_parameter(name, std::nullopt);
    return {};
}

Expected<void> take_parties_of_master(std::vector<Component>& components, std::size_t most) {
    const auto master = std::ranges::find_if(
        components, [](const Component& component) { return component.find("RECURRENCE-ID") == nullptr; });
    if (master == components.end()) return {};
    for (const char* const name : {"ORGANIZER", "ATTENDEE"}) {
        std::vector<Property> lines;
        std::ranges::copy_if(master->properties, std::back_inserter(lines),
                             [&](const Property& property) { return property.is(name); });
        for (Component& component : components) {
            if (component.find(name) != nullptr || lines.empty()) continue;
            if (lines.size() > most)
                return refuse(Reason::too_complex,
                              fault(component, fmt::format("has no {} of its own, and those of the series are too many "
                                                           "for this number of instances",
                                                           name)));
            most -= lines.size();
            std::ranges::copy(lines, std::back_inserter(component.properties));
        }
    }
    return {};
}

Expected<void> check_zones(Component& component, const std::set<std::string>& zones) {
    for (Property& property : component.properties) {
        const auto tzid = property.parameter("TZID");
        if (!tzid || is_system_zone(*tzid) || named_offset(*tzid) || zones.contains(unescaped(*tzid))) continue;
        if (is_time(property) && !needs_no_zone(property))
            return refuse(Reason::bad_calendar,
                          fault(component, property,
                                fmt::format("TZID {} is unknown and the message has no VTIMEZONE for it", *tzid)));
        property.set_parameter("TZID", std::nullopt);
    }
    for (Component& child : component.components)  // bounded: depth
        if (auto fine = check_zones(child, zones); !fine) return fine;
    return {};
}

}  // namespace calendar::itip
