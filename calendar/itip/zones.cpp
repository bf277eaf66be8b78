#include "calendar/itip/zones.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_set>

#include "calendar/itip/text.h"
#include "calendar/itip/time_zone.h"
#include "calendar/itip/when.h"

namespace calendar::itip {

namespace {

constexpr std::int64_t day_seconds = 86400;

void collect(const Component& component, std::unordered_set<std::string>& used) {
    for (const Property& property : component.properties)
        if (auto zone = property.parameter("TZID")) used.insert(std::move(*zone));
    for (const Component& child : component.components)  // bounded by the lint: depth
        collect(child, used);
}

constexpr int most_names = 20;  // of one TZID with different rules

/// What a VTIMEZONE says of the clock, without what it says to people.
std::string rules_of(Component zone) {
    for (Component& observance : zone.components)
        std::erase_if(observance.properties, [](const Property& property) {
            return property.is("TZNAME") || property.is("COMMENT") || uppered(property.name).starts_with("X-");
        });
    zone.properties.clear();
    return write_document(Component{"VCALENDAR", {}, {std::move(zone)}});
}

}  // namespace

std::vector<std::string> keep_zones(Series& series, const Component& first, const Component& second) {
    std::unordered_set<std::string> used;
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
                            wall_clock(trimmed(property.value.substr(0, property.value.find_first_of(",/")))))
                        since = std::min(since, clock->seconds() - day_seconds);
    });
    std::vector<Component> components;
    std::erase_if(used, [&](const std::string& tzid) {
        auto rules = system_zone(tzid, since);
        if (rules) components.push_back(std::move(*rules));
        return rules.has_value();
    });
    std::ranges::sort(components, {}, [](const Component& zone) { return zone.value("TZID"); });
    for (const Component* const source : {&first, &second})
        for (const Component& component : source->components)
            if (component.name == "VTIMEZONE" && used.erase(component.value("TZID")) > 0)
                components.push_back(component);
    std::ranges::move(others, std::back_inserter(components));
    series.calendar.components = std::move(components);
    return {used.begin(), used.end()};
}

void tell_zones_apart(Series& message, const Component& stored) {
    const auto stored_zone = [&](const std::string& name) {
        return std::ranges::find_if(stored.components, [&](const Component& component) {
            return component.name == "VTIMEZONE" && component.value("TZID") == name;
        });
    };
    for (Component& zone : message.calendar.components) {
        const std::string name = zone.name == "VTIMEZONE" ? zone.value("TZID") : std::string();
        if (name.empty() || is_system_zone(name)) continue;
        Component renamed = zone;
        std::string fresh = name;
        for (int number = 2; number <= most_names; ++number) {
            const auto known = stored_zone(fresh);
            if (known == stored.components.end() || rules_of(*known) == rules_of(renamed)) break;
            fresh = name + ' ' + std::to_string(number);
            renamed.set("TZID", fresh);
        }
        if (fresh == name) continue;
        zone = std::move(renamed);
        message.each([&](Component& component) {
            for (Property& property : component.properties)
                if (property.parameter("TZID") == name) property.set_parameter("TZID", fresh);
        });
    }
}

}  // namespace calendar::itip
