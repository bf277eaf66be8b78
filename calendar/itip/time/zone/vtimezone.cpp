#include "calendar/itip/time/zone/vtimezone.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/rule.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

namespace {

constexpr std::array<std::string_view, 5> clock_properties{"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"};

/// No rule is looked at for earlier years; many begin in 1601.
constexpr LocalTime rules_begin = day_number(std::chrono::year(1900) / 1 / 1) * day_seconds;
constexpr LocalTime rules_end = day_number(std::chrono::year(zones_end) / 1 / 1) * day_seconds;

/// Of one rule in a year. Zones need one; "on Sundays in October", as some programs write it, has five.
constexpr std::size_t most_onsets = 10;
constexpr std::int64_t shortest_year = 365 * day_seconds;

bool tells_the_clock(const Property& property) {
    return std::ranges::any_of(clock_properties, [&](std::string_view name) { return property.is(name); });
}

/// `+0100`, also with seconds, without minutes, or without a sign.
std::optional<std::int64_t> offset_of(std::string_view text) {
    text = base::trimmed(text);
    const bool west = text.starts_with('-');
    if (west || text.starts_with('+')) text.remove_prefix(1);
    if (!base::digits_only(text) || text.size() % 2 != 0 || text.size() > 6) return std::nullopt;
    std::int64_t seconds = 0;
    for (std::int64_t unit = 3600; !text.empty(); unit /= 60, text.remove_prefix(2))
        seconds += ((text[0] - '0') * 10 + text[1] - '0') * unit;
    return west ? -seconds : seconds;
}

/// Of a line of an observance; empty: none.
std::string_view fault_of(const Property& property) {
    const bool is_offset = property.is("TZOFFSETFROM") || property.is("TZOFFSETTO");
    if (is_offset && !offset_of(property.value)) return "not an offset from UTC such as +0100";
    if (property.is("DTSTART") && !wall_clock(base::trimmed(property.value))) return "not a date";
    if (property.is("RDATE") && !base::trimmed(property.value).empty() && !moments_of(property)) return "not a date";
    return {};
}

/// From when on an observance counts, by the clock before it.
struct Onset {
    std::int64_t utc, offset, offset_before;
};

class ObservanceReader {
  public:
    ObservanceReader(std::vector<Onset>& onsets, Effort& effort) : onsets_(onsets), effort_(effort) {}

    Expected<void> read(const Component& observance) {
        for (const char* const name : {"TZOFFSETTO", "DTSTART"})
            if (observance.find(name) == nullptr)
                return refuse(Reason::bad_calendar, fault(observance, fmt::format("{} is missing", name)));
        for (const Property& property : observance.properties)
            if (const auto what = fault_of(property); !what.empty())
                return refuse(Reason::bad_calendar, fault(observance, property, what));
        offset_ = *offset_of(observance.value("TZOFFSETTO"));
        offset_before_ = offset_of(observance.value("TZOFFSETFROM")).value_or(offset_);  // some programs leave it out
        const WallClock start = *wall_clock(observance.value("DTSTART"));
        add(local(start));
        for (const Property& property : observance.properties) {
            if (property.is("RDATE")) add_dates(property.value);
            if (property.is("RRULE") && !base::trimmed(property.value).empty())
                if (const auto what = add_rule(property.value, start); !what.empty())
                    return refuse(Reason::bad_calendar, fault(observance, property, what));
        }
        return {};
    }

  private:
    LocalTime local(const WallClock& clock) const { return clock.seconds() + (clock.utc ? offset_before_ : 0); }

    void add(LocalTime onset) {
        if (effort_.spend(1)) onsets_.push_back({onset - offset_before_, offset_, offset_before_});
    }

    void add_dates(std::string_view list) {
        base::for_each_piece(list, ',', [&](std::string_view piece) {
            if (const auto clock = wall_clock(base::trimmed(piece.substr(0, piece.find('/'))))) add(local(*clock));
        });
    }

    /// Returns what is wrong with it; empty: nothing.
    std::string add_rule(std::string_view text, const WallClock& start) {
        const auto rule = Rule::read(text, start);
        if (!rule) return "cannot be read";
        const auto until = rule->until();
        const LocalTime last = until ? local(*until) + (until->date ? day_seconds - 1 : 0) : rules_end;
        std::size_t left = rule->count().value_or(std::numeric_limits<std::size_t>::max());
        LocalTime year_begin = std::numeric_limits<LocalTime>::min() / 2;
        std::size_t in_year = 0;
        rule->each(rule->count() ? start.seconds() : rules_begin, {std::numeric_limits<std::size_t>::max(), &effort_},
                   [&](LocalTime onset) {
                       if (onset >= rules_end || onset > last || left-- == 0) return false;
                       if (onset - year_begin >= shortest_year) {
                           year_begin = onset;
                           in_year = 0;
                       }
                       add(onset);
                       return ++in_year <= most_onsets;
                   });
        return in_year > most_onsets ? fmt::format("more than {} onsets in a year", most_onsets) : std::string();
    }

    std::vector<Onset>& onsets_;
    Effort& effort_;
    std::int64_t offset_ = 0, offset_before_ = 0;
};

Component with_properties(const Component& component, auto is_kept) {
    Component kept{component.name, {}, {}};
    for (const Property& property : component.properties) {
        if (!is_kept(property)) continue;
        kept.properties.push_back({property.name, {}, property.value});
        if (const auto type = property.parameter("VALUE")) kept.properties.back().set_parameter("VALUE", type);
    }
    return kept;
}

bool same_observance(const Component& a, const Component& b) {
    const auto clock = std::views::filter(tells_the_clock);
    return a.name == b.name &&
           std::ranges::equal(a.properties | clock, b.properties | clock, [](const Property& one, const Property& two) {
               return one.is(two.name) && base::trimmed(one.value) == base::trimmed(two.value);
           });
}

}  // namespace

Expected<std::vector<OffsetChange>> clock_changes(const Component& vtimezone, Effort& effort) {
    const std::string name = zone_name(vtimezone);
    const auto wrong = [&](Reason reason, const std::string& what) { return refuse(reason, fault(vtimezone, what)); };
    if (name.size() > longest_tzid)
        return wrong(Reason::bad_calendar, fmt::format("the TZID has more than {} bytes", longest_tzid));
    if (vtimezone.as_it_came) return wrong(Reason::bad_calendar, "cannot be read");
    std::vector<Onset> onsets;
    ObservanceReader reader(onsets, effort);
    for (const Component& observance : vtimezone.components)
        if (auto fine = reader.read(observance); !fine) return tl::unexpected(fine.error());
    if (effort.spent()) return wrong(Reason::too_complex, name + " describes too many changes of the clock");
    if (onsets.empty()) return wrong(Reason::bad_calendar, name + " has neither STANDARD nor DAYLIGHT");
    std::ranges::stable_sort(onsets, {}, &Onset::utc);
    std::vector<OffsetChange> changes{{std::numeric_limits<std::int64_t>::min(), onsets.front().offset_before}};
    for (const Onset& onset : onsets)
        if (onset.offset != changes.back().offset) changes.push_back({onset.utc, onset.offset});
    return changes;
}

Component stored_part(const Component& vtimezone) {
    Component stored = with_properties(
        vtimezone, [](const Property& property) { return property.is("TZID") || property.is("LAST-MODIFIED"); });
    for (const Component& observance : vtimezone.components)
        stored.components.push_back(with_properties(
            observance, [](const Property& property) { return tells_the_clock(property) || property.is("TZNAME"); }));
    return stored;
}

bool same_rules(const Component& zone, const Component& other) {
    return std::ranges::equal(zone.components, other.components, same_observance);
}

}  // namespace calendar::itip
