#pragma once

#include <chrono>
#include <cstdint>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/rule_parts.h"

namespace calendar::itip {

/// What a rule is repeated by (RFC 5545 3.3.10): the day, week, month or year of FREQ, of which every INTERVALth is in
/// step. With BYWEEKNO a year has whole weeks.
class RulePeriods {
  public:
    /// Days in a row, each as its number since 1970; `end` is the first one after them.
    struct Period {
        std::int64_t first = 0, end = 0;
    };
    /// No rule has days after this one.
    static constexpr int last_year = 9999;
    static constexpr std::int64_t last_day = day_number(std::chrono::year(last_year) / 12 / 31);

    /// Of a series that starts on that day.
    RulePeriods(const RuleParts& parts, std::int64_t start);

    /// The one of that day.
    Period of(std::int64_t day) const;
    /// The next one in step; whole intervals are skipped, not walked through.
    Period next(const Period& period) const;
    /// Is the period a whole number of intervals away from the first? Times of the day have their own step.
    bool in_step(const Period& period) const;

    /// The first day of week 1: the first week with at least four days in the year.
    std::int64_t week_one(int year) const;
    /// The year whose week it is.
    int week_year(std::int64_t day) const;

  private:
    using Frequency = RuleParts::Frequency;

    std::int64_t week_start(std::int64_t day) const;

    Frequency frequency_;
    std::int64_t interval_;
    unsigned week_start_;
    bool by_weeks_;
    std::int64_t start_;
};

}  // namespace calendar::itip
