#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/effort.h"

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

    std::optional<std::size_t> count() const noexcept { return count_; }
    const std::optional<WallClock>& until() const noexcept { return until_; }

  private:
    enum class Frequency { secondly, minutely, hourly, daily, weekly, monthly, yearly };
    struct NthDay {
        int nth = 0;  // 0: every
        unsigned weekday = 0;
    };
    struct Period {
        std::int64_t first = 0, end = 0;  // days
    };

    bool read_part(std::string_view name, std::string_view value);
    bool fits(std::int64_t day) const;
    bool nth_fits(const NthDay& wanted, std::int64_t day) const;
    std::int64_t week_start(std::int64_t day) const;
    std::int64_t week_one(int year) const;
    int week_year(std::int64_t day) const;
    Period period_of(std::int64_t day) const;
    Period next(const Period& period) const;
    bool in_step(const Period& period) const;
    std::size_t times_of(std::int64_t day, std::vector<LocalTime>& times) const;
    std::optional<std::vector<LocalTime>> times_in(const Period& period, Effort& effort) const;

    WallClock start_;
    Frequency frequency_ = Frequency::daily;
    std::int64_t interval_ = 1;
    std::optional<std::size_t> count_;
    std::optional<WallClock> until_;
    unsigned week_start_ = 1;  // Monday, as std::chrono::weekday::c_encoding() counts
    std::vector<int> months_, weeks_, year_days_, month_days_, hours_, minutes_, seconds_, positions_;
    std::vector<NthDay> days_;
};

/// A rule in one way of writing: parts and their values sorted, upper case, without what is the default anyway.
std::string meaning_of_rule(std::string_view value);

}  // namespace calendar::itip
