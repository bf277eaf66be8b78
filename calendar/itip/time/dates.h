#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/time/zone/zone.h"

namespace calendar::itip {

/// Of a day without a change of clocks.
constexpr std::int64_t day_seconds = 24 * 60 * 60;

/// A day as its number since 1970, and the day of a number.
constexpr std::int64_t day_number(std::chrono::sys_days day) noexcept {
    return day.time_since_epoch().count();
}
constexpr std::chrono::sys_days day_of_number(std::int64_t number) noexcept {
    return std::chrono::sys_days{std::chrono::days{number}};
}

/// A DATE or DATE-TIME value as written (RFC 5545 3.3.4, 3.3.5): a day of the calendar and a time, no zone.
struct WallClock {
    std::chrono::year_month_day day;
    int hour = 0;
    int minute = 0;
    int second = 0;
    bool date = false;  ///< no time was given
    bool utc = false;   ///< ends in Z

    std::int64_t seconds() const noexcept;  ///< since 1970, read as UTC
};

/// `20261121`, `20261121T020000`, `20261121T020000Z`; none for anything else and for what the calendar does not have.
std::optional<WallClock> wall_clock(std::string_view text) noexcept;
/// The time at which a clock without a zone shows these seconds since 1970.
WallClock wall_clock_at(std::int64_t seconds) noexcept;

/// Seconds since 1970 as a DATE-TIME without a zone: 20261121T020000. Of any year that a WallClock can have.
std::string date_time(std::int64_t seconds);

/// A date or time value (DTSTART, RECURRENCE-ID, EXDATE …) as an instant.
struct Moment {
    std::int64_t seconds = 0;  ///< since 1970 UTC; of local midnight for a DATE (read as UTC without a zone), of the
                               ///< wall clock read as UTC when floating
    bool date = false;         ///< a DATE, no time
    bool floating = false;     ///< no zone, or an unknown one
    bool operator==(const Moment&) const = default;
};
/// In that zone, unless it is in UTC.
Moment moment_of(const WallClock& clock, const Zone& zone);
/// Of a value as it is written; none when it is not a date. Of a PERIOD, its start.
std::optional<Moment> moment_of(std::string_view value, const Zone& zone);
/// Of the property's value, or the first of them, with its TZID.
std::optional<Moment> moment_of(const Property& property);

/// Every value of a list of dates (EXDATE, RDATE), or of one. None when one of them is not a date.
std::optional<std::vector<Moment>> moments_of(const Property& property);

/// Seconds of a DURATION value (RFC 5545 3.3.6); none when it is none.
std::optional<std::int64_t> duration_seconds(std::string_view value);

}  // namespace calendar::itip
