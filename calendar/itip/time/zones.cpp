#include "calendar/itip/time/zones.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <unordered_map>

#include "calendar/base/text.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/time_zone.h"
#include "calendar/itip/time/vtimezone.h"

namespace calendar::itip {

namespace {

/// The TZID parameters that are used, by their names: a VTIMEZONE escapes its TZID, a parameter does not.
using Used = std::unordered_map<std::string, std::string>;

void collect(const Component& component, Used& used) {
    for (const Property& property : component.properties)
        if (auto zone = property.parameter("TZID")) used.emplace(unescaped(*zone), *zone);
    for (const Component& child : component.components)  // bounded by the lint: depth
        collect(child, used);
}

constexpr int most_names = 20;  // of one TZID with different rules

/// What is to be put behind the name of a zone of a message, so that it means nothing else in the stored object: the
/// first that leads to a zone with the same rules there, else to none.
std::optional<std::string> end_of_name(const std::string& name, const Component& zone,
                                       const std::unordered_map<std::string, const Component*>& stored) {
    std::optional<std::string> free;
    std::string end;
    for (int number = 2; number <= most_names; ++number) {
        const auto known = stored.find(name + end);
        if (known == stored.end()) {
            if (!free) free = end;
        } else if (same_rules(*known->second, zone)) {
            return end;
        }
        end = ' ' + std::to_string(number);
    }
    return free;
}

}  // namespace

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
    std::ranges::move(others, std::back_inserter(components));
    series.calendar.components = std::move(components);
    std::vector<std::string> missing;
    for (const auto& [name, tzid] : used)
        missing.push_back(tzid);
    return missing;
}

void tell_zones_apart(Series& message, const Component& stored) {
    std::unordered_map<std::string, const Component*> known;
    for (const Component& component : stored.components)
        if (std::string name = zone_name(component); !name.empty()) known.try_emplace(std::move(name), &component);
    std::unordered_map<std::string, std::string> renamed;
    for (Component& zone : message.calendar.components) {
        const std::string name = zone_name(zone);
        if (name.empty() || is_system_zone(name)) continue;
        const auto end = end_of_name(name, zone, known);
        if (!end || end->empty()) continue;
        zone.set("TZID", zone.value("TZID") + *end);
        renamed.emplace(name, name + *end);
    }
    if (renamed.empty()) return;
    message.each([&](Component& component) {
        for (Property& property : component.properties)
            if (const auto tzid = property.parameter("TZID"))
                if (const auto now = renamed.find(unescaped(*tzid)); now != renamed.end())
                    property.set_parameter("TZID", now->second);
    });
}

}  // namespace calendar::itip
