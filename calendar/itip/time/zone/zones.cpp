#include "calendar/itip/time/zone/zones.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>

#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/zone/sender_zones.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "calendar/itip/time/zone/vtimezone.h"
#include "calendar/itip/time/zone/zone_uses.h"

namespace calendar::itip {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

using Zones = std::map<std::string, const Component*>;

Zones zones_of(const Component& calendar) {
    Zones zones;
    for (const Component& component : calendar.components)
        if (std::string name = zone_name(component); !name.empty()) zones.try_emplace(std::move(name), &component);
    return zones;
}

/// The names of a series: of its VTIMEZONEs, and those that it uses.
struct Names {
    explicit Names(const Series& series) : zones(zones_of(series.calendar)) {
        series.each([&](const Component& component) { collect_zones(component, used); });
    }
    bool contains(const std::string& name) const { return zones.contains(name) || used.contains(name); }

    Zones zones;
    UsedZones used;
};

/// What is to be put behind the name of a zone of a message, so that it means nothing else in the stored object: the
/// first that leads to a zone with the same rules there, else to none; none when all are taken.
std::optional<std::string> end_of_name(const std::string& name, const Component& zone, const Names& message,
                                       const Names& stored) {
    std::optional<std::string> free;
    for (int number = 1; number <= last_number; ++number) {
        const std::string end = number == 1 ? "" : numbered({}, number);
        const std::string other = name + end;
        if (number > 1 && message.contains(other)) continue;
        const auto known = stored.zones.find(other);
        if (known != stored.zones.end()) {
            if (same_rules(*known->second, zone)) return end;
        } else if (!free && (number == 1 || (!stored.used.contains(other) && !is_known_by_name(other)))) {
            free = end;
        }
    }
    return free;
}

/// What the stored series calls the zone for which the message has no rules: a numbered name, or none.
std::optional<std::string> name_there(const std::string& name, const Series& stored, const Names& names) {
    const Property* const start = stored.master ? stored.master->find("DTSTART") : nullptr;
    const auto tzid = start == nullptr ? std::nullopt : start->parameter("TZID");
    const std::string of_series = tzid ? unescaped(*tzid) : "";
    if (is_numbered(of_series, name) && names.zones.contains(of_series)) return of_series;
    if (names.used.contains(name)) return std::nullopt;
    const std::string start_of_name = name + ' ';
    for (auto zone = names.zones.lower_bound(start_of_name);
         zone != names.zones.end() && zone->first.starts_with(start_of_name); ++zone)
        if (is_numbered(zone->first, name)) return zone->first;
    return std::nullopt;
}

}  // namespace

std::vector<std::string> keep_zones(Series& series, const Component& first, const Component& second) {
    UsedZones used;
    series.each([&](const Component& component) { collect_zones(component, used); });
    std::vector<Component> others;
    for (Component& component : series.calendar.components) {
        if (component.name == "VTIMEZONE") continue;
        collect_zones(component, used);
        others.push_back(std::move(component));
    }

    std::int64_t since = never;
    const auto look_at = [&](const Component& component) {
        if (const auto reach = reach_of(component)) since = std::min(since, reach->begin);
    };
    series.each(look_at);
    std::ranges::for_each(others, look_at);
    std::vector<Component> components;
    std::erase_if(used, [&](const auto& name_and_tzid) {
        if (sender_zone_named(name_and_tzid.first)) return false;
        auto rules = system_zone(name_and_tzid.second, since);
        if (rules) components.push_back(std::move(*rules));
        return rules.has_value();
    });
    std::ranges::sort(components, {}, [](const Component& zone) { return zone.value("TZID"); });
    for (const Component* const source : {&first, &second})
        for (const Component& component : source->components)
            if (component.name == "VTIMEZONE" && used.erase(zone_name(component)) > 0) components.push_back(component);
    std::erase_if(used, [&](const auto& name_and_tzid) {
        auto rules = zone_known_by_name(name_and_tzid.second, since);
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

std::set<std::string> unreadable_zones(const Component& stored, const Component& message, Effort& effort) {
    const auto says_anything = [](const Component& zone) { return zone.as_it_came || !zone.components.empty(); };
    std::set<std::string> described;
    for (const Component& zone : message.components)
        if (says_anything(zone)) described.insert(zone_name(zone));
    std::set<std::string> names;
    for (const Component& zone : stored.components) {
        std::string name = zone_name(zone);
        const bool is_judged = !name.empty() && says_anything(zone) && described.contains(name) &&
                               kind_of_tzid(name) != Reading::Tzid::place;
        if (is_judged && !clock_changes(zone, effort)) names.insert(std::move(name));
    }
    return names;
}

void drop_zones(Component& calendar, const std::set<std::string>& names) {
    std::erase_if(calendar.components, [&](const Component& one) { return names.contains(zone_name(one)); });
}

Expected<void> tell_zones_apart(Series& message, const Series& stored, const std::set<std::string>& words) {
    // One that says nothing stands for the rules of the system, or of the stored object.
    std::erase_if(message.calendar.components,
                  [](const Component& zone) { return zone.name == "VTIMEZONE" && zone.components.empty(); });
    const Names there(stored);
    const Names own(message);
    NewNames renamed;
    for (Component& zone : message.calendar.components) {
        const std::string name = zone_name(zone);
        if (name.empty() || (is_system_zone(name) && !words.contains(name))) continue;
        if (const auto rules = system_zone(name, std::numeric_limits<std::int64_t>::min()))
            zone.components = rules->components;
        const auto end = end_of_name(name, zone, own, there);
        if (!end) return no_name_for(zone);
        if (end->empty()) continue;
        zone.set("TZID", zone.value("TZID") + *end);
        renamed.emplace(name, name + *end);
    }
    for (const auto& [name, tzid] : own.used)
        if (!own.zones.contains(name) && kind_of_tzid(name) != Reading::Tzid::place)
            if (auto now = name_there(name, stored, there)) renamed.emplace(name, std::move(*now));
    if (!renamed.empty()) message.each([&](Component& component) { rename_zones(component, renamed); });
    return {};
}

}  // namespace calendar::itip
