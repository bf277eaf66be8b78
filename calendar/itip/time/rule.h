#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/effort.h"
#include "calendar/itip/time/rule_parts.h"
#include "calendar/itip/time/rule_periods.h"

namespace calendar::itip {

/// A time of the wall clock in seconds since 1970, no zone: WallClock::seconds().
using LocalTime = std::int64_t;

/// A recurrence rule (RFC 5545 3.3.10) as a question to every day: does it fit? No search of ours can hang, because
/// what is looked at is days and times of the calendar, one after the other, and counted.
class Rule {
  public:
    /// The rule of a series that starts at `start`. None when it cannot be read, or goes by another calendar (RSCALE).
    static std::optional<Rule> read(std::string_view value, const WallClock& start);

    /// Its times on that day (days since 1970), sorted; COUNT and UNTIL are not looked at. None when there is no effort
    /// left.
    std::vector<LocalTime> on_day(std::int64_t day, Effort& effort) const;

    /// Calls `use(time)` for each of its times from `from` on, in order, until that returns false; neither COUNT nor
    /// UNTIL end it. False when the effort was not enough.
    bool each(LocalTime from, Effort effort, const std::function<bool(LocalTime)>& use) const;

    std::optional<std::size_t> count() const noexcept { return parts_.count; }
    const std::optional<WallClock>& until() const noexcept { return parts_.until; }

  private:
    using Frequency = RuleParts::Frequency;
    using NthDay = RuleParts::NthDay;
    using Period = RulePeriods::Period;

    Rule(RuleParts parts, const WallClock& start);

    /// Removes what no day can match, so that it is not searched for.
    void drop_impossible();

    bool fits(std::int64_t day) const;
    bool nth_fits(const NthDay& wanted, std::int64_t day) const;
    std::int64_t first_in_months(std::int64_t day) const;
    std::size_t times_of(std::int64_t day, std::vector<LocalTime>& times) const;
    std::optional<std::vector<LocalTime>> times_in(const Period& period, Effort& effort) const;

    RuleParts parts_;
    WallClock start_;
    RulePeriods periods_;
    bool nothing_fits_ = false;    // of a list that was not empty nothing is left
    std::size_t cost_of_day_ = 1;  // what fits() may look at
};

}  // namespace calendar::itip
