#include "calendar/itip/time/zone/word_zones.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <unordered_map>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "calendar/itip/time/zone/vtimezone.h"
#include "calendar/itip/time/zone/zone_uses.h"

namespace calendar::itip {

namespace {

/// What is compared at least: beyond the years that are covered, a zone goes on as in the last of them.
constexpr std::int64_t last_begin = day_number(std::chrono::year(zones_end - 5) / 1 / 1) * day_seconds;

constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

/// The zones that components name, and when: from the first date of all to the last.
class Uses {
  public:
    void add(const Component& component) {
        UsedZones used;
        collect_zones(component, used);
        const auto reach = reach_of(component);
        for (const auto& [name, tzid] : used) {
            taken_.emplace(name, tzid);
            if (!reach) continue;
            Reach& all = reaches_.try_emplace(name, *reach).first->second;
            all = {std::min({all.begin, reach->begin, last_begin}), std::max(all.end, reach->end)};
        }
        if (const std::string name = zone_name(component); !name.empty()) taken_.emplace(name, name);
    }

    /// Null: never.
    const Reach* reach(const std::string& name) const {
        const auto found = reaches_.find(name);
        return found == reaches_.end() ? nullptr : &found->second;
    }
    bool knows(const std::string& name) const { return taken_.contains(name); }

  private:
    std::unordered_map<std::string, Reach> reaches_;
    UsedZones taken_;
};

/// A VTIMEZONE of a word, other than the system's within that time? Errors: see clock_changes().
Expected<bool> has_own_rules(const Component& zone, const Reach& within, Effort& effort) {
    const std::string name = zone_name(zone);
    if ((zone.components.empty() && !zone.as_it_came) || kind_of_tzid(name) != Reading::Tzid::word) return false;
    const auto changes = clock_changes(zone, effort);
    if (!changes) return tl::unexpected(changes.error());
    return !Zone(*changes).agrees_with(zone_named(name), within.begin, within.end);
}

}  // namespace

std::set<std::string> words_with_own_rules(const Series& series, Effort& effort) {
    Uses uses;
    series.each([&](const Component& component) { uses.add(component); });
    for (const Component& component : series.calendar.components)
        uses.add(component);
    std::set<std::string> words;
    for (const Component& zone : series.calendar.components)
        if (const Reach* const reach = uses.reach(zone_name(zone)))
            if (has_own_rules(zone, {reach->begin, for_ever}, effort).value_or(true)) words.insert(zone_name(zone));
    return words;
}

Expected<std::vector<std::pair<std::size_t, std::string>>> tell_zones_from_system(Component& calendar, Effort& effort) {
    Uses uses;
    for (const Component& component : calendar.components)
        uses.add(component);
    NewNames renamed;
    std::vector<std::pair<std::size_t, std::string>> told;
    for (Component& zone : calendar.components) {
        const std::string name = zone_name(zone);
        const Reach* const reach = uses.reach(name);
        const auto own = reach == nullptr ? false : has_own_rules(zone, *reach, effort);
        if (!own) return tl::unexpected(own.error());
        if (!*own) continue;
        int number = 2;
        while (number <= last_number && uses.knows(numbered(name, number)))
            ++number;
        if (number > last_number) return no_name_for(zone);
        zone.set("TZID", numbered(zone.value("TZID"), number));
        renamed.emplace(name, numbered(name, number));
        told.emplace_back(zone.line, numbered(name, number));
    }
    if (!renamed.empty()) rename_zones(calendar, renamed);
    return told;
}

}  // namespace calendar::itip
