#include "calendar/itip/time/zone/sender_zones.h"

#include <functional>
#include <map>

#include "calendar/itip/time/zone/time_zone.h"
#include "calendar/itip/time/zone/vtimezone.h"

namespace calendar::itip {

namespace {

using Changes = std::map<std::string, std::vector<OffsetChange>, std::less<>>;

Changes& alive() {
    thread_local Changes all;
    return all;
}

}  // namespace

SenderZones::SenderZones(const Component& calendar, Effort& effort, const std::set<std::string>& words) {
    for (const Component& component : calendar.components) {
        std::string name = zone_name(component);
        if (name.empty() || alive().contains(name) || (is_system_zone(name) && !words.contains(name))) continue;
        auto changes = clock_changes(component, effort);
        if (!changes && !trouble_) trouble_ = changes.error();
        if (!changes && !words.contains(name)) continue;
        alive().emplace(name, std::move(changes).value_or(std::vector<OffsetChange>()));
        names_.push_back(std::move(name));
    }
}

SenderZones::~SenderZones() {
    for (const std::string& name : names_)
        alive().erase(name);
}

std::optional<std::span<const OffsetChange>> sender_zone_named(std::string_view name) {
    const auto found = alive().find(name);
    return found == alive().end() ? std::nullopt : std::optional<std::span<const OffsetChange>>(found->second);
}

}  // namespace calendar::itip
