#include "calendar/itip/time/zones.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <unordered_map>

#include "calendar/base/text.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/offset_zone.h"
#include "calendar/itip/time/time_zone.h"

namespace calendar::itip {

namespace {

/// The TZID parameters that are used, by their names: a VTIMEZONE escapes its TZID, a parameter does not.
using Used = std::unordered_map<std::string, std::string>;

void collect(const Component& component, Used& used) {
    for (const Property& property : component.properties)
        if (auto zone = property.parameter("TZID")) used.emplace(unescaped(*zone), *zone);
    for (const Component& child : component.components)  // bounded: depth
        collect(child, used);
}

constexpr int most_names = 20;  // of one TZID with different rules

/// What a VTIMEZONE says of the clock, without what it says to people.
std::string rules_of(Component zone) {
    for (Component& observance : zone.components)
        std::erase_if(observance.properties, [](const Property& property) {
            return property.is("TZNAME") || property.is("COMMENT") || base::uppered(property.name).starts_with("X-");
        });
    zone.properties.clear();
    return write_document(Component{"VCALENDAR", {}, {std::move(zone)}});
}

}  // namespace

bool same_rules(const Component& zone, const Component& other) {
    return rules_of(zone) == rules_of(other);
}

std::vector<std::string> keep_zones(Series& series, const Component& first, const Component& second) {
    Used used;
    series.each([&](const Component& component) { collect(component, used); });
    std::vector<Component> others;
    for (Component& component : series.calendar.components) {
        if (component.name == "VTIMEZONE") continue;
        collect(component, used);
        others.push_back(std::move(component));
    }

    // A day earlier than anything in it, whatever the zone.
    std::int64_t since = std::numeric_limits<std::int64_t>::max();
    series.each([&](const Component& component) {
        for (const Property& property : component.properties)
            for (const auto* const name : {"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RDATE", "EXDATE"})
                if (property.is(name))
                    if (const auto clock =
                            wall_clock(base::trimmed(property.value.substr(0, property.value.find_first_of(",/")))))
                        since = std::min(since, clock->seconds() - day_seconds);
    });
    std::vector<Component> components;
    std::erase_if(used, [&](const auto& name_and_tzid) {
        auto rules = system_zone(name_and_tzid.second, since);
        if (rules) components.push_back(std::move(*rules));
        return rules.has_value();
    });
    std::ranges::sort(components, {}, [](const Component& zone) { return zone.value("TZID"); });
    for (const Component* const source : {&first, &second})
        for (const Component& component : source->components)
            if (component.name == "VTIMEZONE" && used.erase(zone_name(component)) > 0) components.push_back(component);
    std::erase_if(used, [&](const auto& name_and_tzid) {
        auto rules = offset_zone(name_and_tzid.second);
        if (rules) components.push_back(std::move(*rules));
        return rules.has_value();
    });
    std::ranges::move(others, std::back_inserter(components));
    series.calendar.components = std::move(components);
    std::vector<std::string> missing;
    for (const auto& [name, tzid] : used)
        missing.push_back(tzid);
    return missing;
}

void tell_zones_apart(Series& message, const Component& stored) {
    const auto stored_zone = [&](const std::string& name) {
        return std::ranges::find_if(stored.components, [&](const Component& component) {
            return component.name == "VTIMEZONE" && zone_name(component) == name;
        });
    };
    for (Component& zone : message.calendar.components) {
        const std::string name = zone_name(zone);
        if (name.empty() || is_system_zone(name)) continue;
        std::string end;  // what is put behind the name
        std::optional<std::string> free;
        for (int number = 2; number <= most_names; ++number) {
            const auto known = stored_zone(name + end);
            if (known == stored.components.end()) {
                if (!free) free = end;
            } else if (same_rules(*known, zone)) {
                free = end;
                break;
            }
            end = ' ' + std::to_string(number);
        }
        if (!free || free->empty()) continue;
        zone.set("TZID", zone.value("TZID") + *free);
        message.each([&](Component& component) {
            for (Property& property : component.properties)
                if (const auto tzid = property.parameter("TZID"); tzid && unescaped(*tzid) == name)
                    property.set_parameter("TZID", name + *free);
        });
    }
}

}  // namespace calendar::itip
