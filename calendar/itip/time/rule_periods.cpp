#include "calendar/itip/time/rule_periods.h"

#include <algorithm>

namespace calendar::itip {

namespace {

using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

}  // namespace

RulePeriods::RulePeriods(const RuleParts& parts, std::int64_t start)
    : frequency_(parts.frequency),
      interval_(parts.interval),
      week_start_(parts.week_start),
      by_weeks_(!parts.weeks.empty()),
      start_(start) {}

std::int64_t RulePeriods::week_start(std::int64_t day) const {
    const unsigned weekday = std::chrono::weekday(day_of_number(day)).c_encoding();
    return day - static_cast<std::int64_t>((weekday + 7 - week_start_) % 7);
}

std::int64_t RulePeriods::week_one(int of_year) const {
    return week_start(day_number(sys_days(year(of_year) / 1 / 4)));
}

int RulePeriods::week_year(std::int64_t day) const {
    const int calendar_year = static_cast<int>(year_month_day(day_of_number(day)).year());
    if (day >= week_one(calendar_year + 1)) return calendar_year + 1;
    return day < week_one(calendar_year) ? calendar_year - 1 : calendar_year;
}

RulePeriods::Period RulePeriods::of(std::int64_t day) const {
    const year_month_day date(day_of_number(day));
    switch (frequency_) {
        case Frequency::secondly:
        case Frequency::minutely:
        case Frequency::hourly:
        case Frequency::daily:
            return {day, day + 1};
        case Frequency::weekly:
            return {week_start(day), week_start(day) + 7};
        case Frequency::monthly: {
            const auto month = date.year() / date.month();
            return {day_number(sys_days(month / 1)), day_number(sys_days((month + std::chrono::months(1)) / 1))};
        }
        case Frequency::yearly:
            break;
    }
    if (!by_weeks_)
        return {day_number(sys_days(date.year() / 1 / 1)),
                day_number(sys_days((date.year() + std::chrono::years(1)) / 1 / 1))};
    const int of_year = week_year(day);
    return {week_one(of_year), week_one(of_year + 1)};
}

RulePeriods::Period RulePeriods::next(const Period& period) const {
    const year_month_day date(day_of_number(period.first));
    switch (frequency_) {
        case Frequency::secondly:
        case Frequency::minutely:
        case Frequency::hourly:
            return of(period.end);
        case Frequency::daily:
            return of(std::min(period.first + interval_, last_day));
        case Frequency::weekly:
            return of(std::min(period.first + 7 * interval_, last_day + 7));
        case Frequency::monthly: {
            const auto months = static_cast<int>(std::min<std::int64_t>(interval_, 12 * last_year));
            return of(day_number(sys_days((date.year() / date.month() + std::chrono::months(months)) / 1)));
        }
        case Frequency::yearly:
            break;
    }
    const auto years = static_cast<int>(std::min<std::int64_t>(interval_, last_year));
    if (!by_weeks_) return of(day_number(sys_days((date.year() + std::chrono::years(years)) / 1 / 1)));
    return of(week_one(week_year(period.first) + years));
}

bool RulePeriods::in_step(const Period& period) const {
    const Period first = of(start_);
    const year_month_day a(day_of_number(first.first)), b(day_of_number(period.first));
    const int years = static_cast<int>(b.year()) - static_cast<int>(a.year());
    switch (frequency_) {
        case Frequency::secondly:
        case Frequency::minutely:
        case Frequency::hourly:
            return true;
        case Frequency::daily:
            return (period.first - first.first) % interval_ == 0;
        case Frequency::weekly:
            return (period.first - first.first) / 7 % interval_ == 0;
        case Frequency::monthly:
            return (years * 12 + static_cast<int>(static_cast<unsigned>(b.month())) -
                    static_cast<int>(static_cast<unsigned>(a.month()))) %
                       interval_ ==
                   0;
        case Frequency::yearly:
            break;
    }
    if (!by_weeks_) return years % interval_ == 0;
    return (week_year(period.first) - week_year(first.first)) % interval_ == 0;
}

}  // namespace calendar::itip
