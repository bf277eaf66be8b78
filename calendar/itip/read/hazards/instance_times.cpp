#include "calendar/itip/read/hazards/instance_times.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

#include "calendar/base/text.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/instance.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

namespace {

constexpr long long day = day_seconds;

/// This many of a series may begin within the shortest repeat: three on each of the two days that any 24 hours touch.
constexpr std::size_t most_in_a_repeat = 6;

/// No clock is put forward or back by more at once.
constexpr long long most_change = 2 * 3600;

/// A time as it is written, and its zone.
struct Written {
    std::string_view text;
    Zone zone;
};

/// Seconds from one to the other, by the clock on the wall when they are in the same zone: a day has 24 hours there,
/// even when the clocks change.
std::optional<std::int64_t> span(const Written& from, const Written& to) {
    const bool one_clock = from.zone == to.zone;
    const auto first = moment_of(from.text, one_clock ? Zone() : from.zone);
    const auto last = moment_of(to.text, one_clock ? Zone() : to.zone);
    return first && last ? std::optional(last->seconds - first->seconds) : std::nullopt;
}

std::int64_t duration(const Component& component) {
    const Property* const start = component.find("DTSTART");
    const Property* end = component.find("DTEND");
    if (end == nullptr) end = component.find("DUE");
    if (start != nullptr && end != nullptr)
        if (const auto length = span({start->value, zone_of(*start)}, {end->value, zone_of(*end)})) return *length;
    const auto from = start == nullptr ? std::nullopt : moment_of(*start);
    return duration_seconds(component.value("DURATION")).value_or(from && from->date ? day : 0);
}

/// Of an RDATE with a PERIOD (RFC 5545 3.3.9); none when it has none.
std::optional<std::int64_t> length_of_period(const DateValue& date) {
    const auto slash = date.text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view end = base::trimmed(date.text.substr(slash + 1));
    if (const auto length = duration_seconds(end)) return length;
    return span({date.text, date.zone}, {end, date.zone});
}

}  // namespace

const Property* start_of(const Component& component) {
    const Property* const start = component.find("DTSTART");
    return start == nullptr ? component.find("DUE") : start;
}

InstanceLengths::InstanceLengths(const Component& component) : usual_(duration(component)), longest_(usual_) {
    const InstanceReader reader(start_of(component));
    for_each_date(component, "RDATE", [&](const DateValue& date) {
        const auto length = length_of_period(date);
        const auto instance = length ? reader.read(date) : std::nullopt;
        if (!instance) return;
        std::int64_t& known = periods_.try_emplace(instance->seconds, *length).first->second;
        known = std::max(known, *length);
        longest_ = std::max(longest_, *length);
    });
}

std::int64_t InstanceLengths::at(std::int64_t start) const {
    const auto period = periods_.find(start);
    return period == periods_.end() ? usual_ : period->second;
}

InstanceStarts::InstanceStarts(const Recurrence& recurrence, const Property& first, const Span& span)
    : zone_(zone_of(first)) {
    std::set<std::int64_t> sorted;
    recent_ = !span.recent;
    const auto searched = recurrence.each([&](const Instance& instance) {
        const auto start = instance.seconds;
        if (start < span.horizon && sorted.size() <= span.allowed) sorted.insert(start);
        recent_ = recent_ || start >= *span.recent;
        const bool enough = start >= span.horizon || sorted.size() > span.allowed;
        return enough && recent_ ? Recurrence::Next::rule : Recurrence::Next::instance;
    });
    recent_ = recent_ || !searched.whole;
    impossible_ = searched.barren;
    starts_.assign(sorted.begin(), sorted.end());
}

bool InstanceStarts::overlap(const InstanceLengths& lengths) const {
    return std::ranges::adjacent_find(starts_, [&](std::int64_t one, std::int64_t next) {
               return nearer(one, next, lengths.at(one));
           }) != starts_.end();
}

bool InstanceStarts::crowd(long long shortest_repeat) const {
    for (std::size_t i = most_in_a_repeat; i < starts_.size(); ++i)
        if (nearer(starts_[i - most_in_a_repeat], starts_[i], shortest_repeat)) return true;
    return false;
}

/// Do two begin nearer to each other than this? Not where a change of the clocks may account for it.
bool InstanceStarts::nearer(std::int64_t one, std::int64_t later, long long apart) const {
    const long long missing = apart - (later - one);
    return missing > most_change || (missing > 0 && missing > change_of_clocks(one, later));
}

/// From the day before one to the day after the other: an instance at a time that a change leaves out lies on
/// either side of it.
long long InstanceStarts::change_of_clocks(std::int64_t one, std::int64_t later) const {
    const auto before = offset(one - day);
    const auto after = offset(later + day);
    return before && after ? std::abs(*before - *after) : 0;
}

std::optional<int> InstanceStarts::offset(std::int64_t near) const {
    return zone_.offset_at(wall_clock_at(near));
}

}  // namespace calendar::itip
