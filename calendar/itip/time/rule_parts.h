#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/time/dates.h"

namespace calendar::itip {

/// The parts of a RECUR value (RFC 5545 3.3.10). Lists are sorted, each number once.
struct RuleParts {
    enum class Frequency { secondly, minutely, hourly, daily, weekly, monthly, yearly };
    struct NthDay {
        int nth = 0;           ///< 0: every
        unsigned weekday = 0;  ///< as std::chrono::weekday::c_encoding() counts
    };

    Frequency frequency = Frequency::daily;
    std::int64_t interval = 1;
    std::optional<std::size_t> count;
    std::optional<WallClock> until;
    unsigned week_start = 1;  ///< WKST; Monday
    std::vector<int> months, weeks, year_days, month_days, hours, minutes, seconds, positions;
    std::vector<NthDay> days;
};

/// None when the value cannot be read, has no FREQ, or goes by another calendar (RSCALE).
std::optional<RuleParts> read_rule_parts(std::string_view value);

/// What of a rule some programs cannot read, or read differently than others, for people: a part that is not valid, of
/// another calendar, there twice, or not allowed with that FREQ (RFC 5545 3.3.10), COUNT beside UNTIL, BYSETPOS without
/// another BY part, SKIP (RFC 7529); none when there is nothing of it. UNTIL is not compared with DTSTART: honest
/// programs write a day beside a time.
std::optional<std::string> fault_of_rule(std::string_view value);

/// A rule in one way of writing: parts and their values sorted, upper case, without what is the default anyway.
std::string meaning_of_rule(std::string_view value);

}  // namespace calendar::itip
