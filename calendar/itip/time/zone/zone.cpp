#include "calendar/itip/time/zone/zone.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

/// The year itself, or beyond what is covered the last one with the same calendar: a zone's rule for the years to come
/// goes by month and day of the week. Any 28 years without a century in them have all calendars.
std::chrono::year covered_year(std::chrono::year year) noexcept {
    using namespace std::chrono;
    const auto first_weekday = [](std::chrono::year of) { return weekday(sys_days(of / January / 1)); };
    std::chrono::year same(zones_end - 1);
    if (year <= same) return year;
    while (same.is_leap() != year.is_leap() || first_weekday(same) != first_weekday(year))
        --same;
    return same;
}

/// Seconds east of UTC at an instant.
std::int64_t offset_after(std::span<const OffsetChange> changes, std::int64_t utc) {
    const auto later = std::partition_point(changes.begin() + 1, changes.end(),
                                            [utc](const OffsetChange& change) { return change.utc <= utc; });
    return std::prev(later)->offset;
}

}  // namespace

bool Zone::agrees_with(const Zone& other, std::int64_t from, std::int64_t end) const {
    if (changes_.empty() || other.changes_.empty()) return false;
    const auto agree = [&](std::int64_t utc) {
        return offset_after(changes_, utc) == offset_after(other.changes_, utc);
    };
    if (!agree(from)) return false;
    for (const auto& changes : {changes_, other.changes_})
        for (const OffsetChange& change : changes)
            if (change.utc > from && change.utc < end && !agree(change.utc)) return false;
    return true;
}

std::optional<int> Zone::offset_at(const WallClock& clock) const {
    if (changes_.empty()) return std::nullopt;
    WallClock covered = clock;
    covered.day = covered_year(clock.day.year()) / clock.day.month() / clock.day.day();
    const std::int64_t local = covered.seconds();
    // A change is over when the clocks before and after it are both past it.
    const auto first_to_come = std::partition_point(changes_.begin() + 1, changes_.end(), [&](const auto& change) {
        return local >= change.utc + std::max(change.offset, (&change)[-1].offset);
    });
    return static_cast<int>(std::prev(first_to_come)->offset);
}

}  // namespace calendar::itip
