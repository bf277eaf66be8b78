#include "calendar/itip/time/sender_zones.h"

#include <functional>
#include <map>

#include <fmt/format.h>

#include "calendar/itip/time/time_zone.h"
#include "calendar/itip/time/vtimezone.h"

namespace calendar::itip {

namespace {

using Changes = std::map<std::string, std::vector<OffsetChange>, std::less<>>;

Changes& alive() {
    thread_local Changes all;
    return all;
}

Expected<std::vector<OffsetChange>> changes_of(const std::string& name, const Component& vtimezone, Effort& effort) {
    if (name.size() > longest_tzid)
        return refuse(Reason::bad_calendar, fmt::format("VTIMEZONE: the TZID has more than {} bytes", longest_tzid));
    auto changes = clock_changes(vtimezone, effort);
    if (!changes) return refuse(changes.error().reason, fmt::format("VTIMEZONE {}: {}", name, changes.error().detail));
    return changes;
}

}  // namespace

SenderZones::SenderZones(const Component& calendar, Effort& effort) {
    for (const Component& component : calendar.components) {
        std::string name = zone_name(component);
        if (name.empty() || is_system_zone(name) || alive().contains(name)) continue;
        auto changes = changes_of(name, component, effort);
        if (changes) {
            alive().emplace(name, std::move(*changes));
            names_.push_back(std::move(name));
        } else if (!trouble_) {
            trouble_ = std::move(changes.error());
        }
    }
}

SenderZones::~SenderZones() {
    for (const std::string& name : names_)
        alive().erase(name);
}

std::span<const OffsetChange> sender_zone_named(std::string_view name) {
    const auto found = alive().find(name);
    return found == alive().end() ? std::span<const OffsetChange>() : found->second;
}

}  // namespace calendar::itip
