#include "calendar/itip/read/normal_form/complete.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

namespace {

/// Of one time, which is in UTC where it says no zone; none when it is not a time, or in a zone that nobody knows.
std::optional<std::int64_t> instant(const Property* property) {
    if (property == nullptr || property->value.find_first_of(",/") != std::string::npos) return std::nullopt;
    const auto at = moment_of(*property);
    if (!at || (at->floating && property->parameter("TZID"))) return std::nullopt;
    return at->seconds;
}

std::size_t size_of(const Property& line) {
    std::size_t bytes = line.name.size() + line.value.size();
    for (const Parameter& parameter : line.parameters)
        bytes += parameter.name.size() + parameter.value.size();
    return bytes;
}

}  // namespace

Expected<void> settle_dtstamp(Component& component, std::optional<std::int64_t> sent, Dropped& dropped) {
    Property* const stamp = component.find("DTSTAMP");
    const bool missing = stamp == nullptr || base::trimmed(stamp->value).empty();
    const auto clock = missing ? std::nullopt : wall_clock(base::trimmed(stamp->value));
    if (clock && clock->utc && !stamp->parameter("TZID")) return {};
    auto at = missing ? std::nullopt : instant(stamp);
    if (!missing && !at && !clock) return refuse(Reason::bad_calendar, fault(component, *stamp, "not a time"));
    if (!missing && !at) dropped.add(Dropped::What::tzid, stamp->line, stamp->name);
    if (!at) at = instant(component.find("LAST-MODIFIED"));
    if (!at) at = instant(component.find("CREATED"));
    if (!at) at = sent;
    if (!at)
        return refuse(Reason::missing_dtstamp, fault(component,
                                                     "DTSTAMP is missing, and so are LAST-MODIFIED, CREATED and a Date "
                                                     "of the mail that its signatures cover"));
    component.set("DTSTAMP", date_time(*at) + 'Z');
    for (const char* const name : {"TZID", "VALUE"})
        component.find("DTSTAMP")->set_parameter(name, std::nullopt);
    return {};
}

Expected<void> take_parties(const Component& master, std::vector<Component>& components, MostCopied& most) {
    for (const char* const name : {"ORGANIZER", "ATTENDEE"}) {
        std::vector<Property> lines;
        std::ranges::copy_if(master.properties, std::back_inserter(lines),
                             [&](const Property& property) { return property.is(name); });
        std::size_t bytes = 0;
        for (const Property& line : lines)
            bytes += size_of(line);
        for (Component& component : components) {
            if (component.find(name) != nullptr || lines.empty()) continue;
            if (lines.size() > most.lines || bytes > most.bytes)
                return refuse(Reason::too_complex,
                              fault(component,
                                    fmt::format("has no {0}, and the {0} lines of the series are too many to copy them "
                                                "into this number of instances",
                                                name)));
            most.lines -= lines.size();
            most.bytes -= bytes;
            std::ranges::copy(lines, std::back_inserter(component.properties));
        }
    }
    return {};
}

Expected<void> take_parties_of_master(std::vector<Component>& components, MostCopied& most) {
    const auto master = std::ranges::find_if(
        components, [](const Component& component) { return component.find("RECURRENCE-ID") == nullptr; });
    return master == components.end() ? Expected<void>() : take_parties(*master, components, most);
}

/// Days and times in UTC need none (RFC 5545 3.2.19).
bool needs_zone(const Property& property) {
    if (!has_times(property)) return false;
    bool needs = false;
    base::for_each_piece(property.value, ',', [&](std::string_view piece) {
        const auto clock = wall_clock(base::trimmed(piece.substr(0, piece.find('/'))));
        needs = needs || !clock || !(clock->date || clock->utc);
    });
    return needs;
}

Expected<void> check_zones(Component& component, const std::set<std::string>& zones, Dropped& dropped) {
    for (Property& property : component.properties) {
        const auto tzid = property.parameter("TZID");
        if (!tzid || is_known_by_name(*tzid) || zones.contains(unescaped(*tzid))) continue;
        if (needs_zone(property))
            return refuse(Reason::bad_calendar,
                          fault(component, property,
                                fmt::format("TZID {} is unknown and the message has no VTIMEZONE for it", *tzid)));
        dropped.add(Dropped::What::tzid, property.line, property.name);
        property.set_parameter("TZID", std::nullopt);
    }
    for (Component& child : component.components)  // bounded: depth
        if (auto fine = check_zones(child, zones, dropped); !fine) return fine;
    return {};
}

}  // namespace calendar::itip
