#include "calendar/itip/time/rule.h"

#include <algorithm>
#include <chrono>

namespace calendar::itip {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t day_seconds = 86400;
constexpr int last_year = 9999;
constexpr std::int64_t end_of_time = sys_days(year(last_year) / 12 / 31).time_since_epoch().count();
constexpr std::size_t most_times = 50'000;  // of one period: what BYSETPOS has to choose from
constexpr std::size_t times_an_effort = 16;

std::int64_t number_of(sys_days day) {
    return day.time_since_epoch().count();
}

sys_days date_of(std::int64_t day) {
    return sys_days{days{day}};
}

/// Does the list have the place `from_first` (1 …) or its count from the end (-1 …)?
bool has_place(const std::vector<int>& list, std::int64_t from_first, std::int64_t size) {
    return std::ranges::any_of(list,
                               [&](int wanted) { return wanted == from_first || wanted == from_first - size - 1; });
}

bool empty_or_has(const std::vector<int>& list, int value) {
    return list.empty() || std::ranges::binary_search(list, value);
}

}  // namespace

std::int64_t Rule::week_start(std::int64_t day) const {
    const unsigned weekday = std::chrono::weekday(date_of(day)).c_encoding();
    return day - static_cast<std::int64_t>((weekday + 7 - week_start_) % 7);
}

/// The first day of week 1: the first week with at least four days in the year (RFC 5545 3.3.10).
std::int64_t Rule::week_one(int of_year) const {
    return week_start(number_of(sys_days(year(of_year) / 1 / 4)));
}

int Rule::week_year(std::int64_t day) const {
    const int calendar_year = static_cast<int>(year_month_day(date_of(day)).year());
    if (day >= week_one(calendar_year + 1)) return calendar_year + 1;
    return day < week_one(calendar_year) ? calendar_year - 1 : calendar_year;
}

Rule::Period Rule::period_of(std::int64_t day) const {
    const year_month_day date(date_of(day));
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
            return {number_of(sys_days(month / 1)), number_of(sys_days((month + std::chrono::months(1)) / 1))};
        }
        case Frequency::yearly:
            break;
    }
    if (weeks_.empty())
        return {number_of(sys_days(date.year() / 1 / 1)),
                number_of(sys_days((date.year() + std::chrono::years(1)) / 1 / 1))};
    const int of_year = week_year(day);
    return {week_one(of_year), week_one(of_year + 1)};
}

/// The next one in step; whole intervals are skipped, not walked through.
Rule::Period Rule::next(const Period& period) const {
    const year_month_day date(date_of(period.first));
    switch (frequency_) {
        case Frequency::secondly:
        case Frequency::minutely:
        case Frequency::hourly:
            return period_of(period.end);
        case Frequency::daily:
            return period_of(std::min(period.first + interval_, end_of_time));
        case Frequency::weekly:
            return period_of(std::min(period.first + 7 * interval_, end_of_time + 7));
        case Frequency::monthly: {
            const auto months = static_cast<int>(std::min<std::int64_t>(interval_, 12 * last_year));
            return period_of(number_of(sys_days((date.year() / date.month() + std::chrono::months(months)) / 1)));
        }
        case Frequency::yearly:
            break;
    }
    const auto years = static_cast<int>(std::min<std::int64_t>(interval_, last_year));
    if (weeks_.empty()) return period_of(number_of(sys_days((date.year() + std::chrono::years(years)) / 1 / 1)));
    return period_of(week_one(week_year(period.first) + years));
}

/// Is the period a whole number of intervals away from the first? Times of the day have their own step.
bool Rule::in_step(const Period& period) const {
    const Period first = period_of(number_of(sys_days(start_.day)));
    const year_month_day a(date_of(first.first)), b(date_of(period.first));
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
    if (weeks_.empty()) return years % interval_ == 0;
    return (week_year(period.first) - week_year(first.first)) % interval_ == 0;
}

/// A weekday, perhaps the nth of the month or the year.
bool Rule::nth_fits(const NthDay& wanted, std::int64_t day) const {
    if (std::chrono::weekday(date_of(day)).c_encoding() != wanted.weekday) return false;
    const bool of_month = frequency_ == Frequency::monthly || (frequency_ == Frequency::yearly && !months_.empty());
    const bool of_year = frequency_ == Frequency::yearly && weeks_.empty();
    if (wanted.nth == 0 || (!of_month && !of_year)) return true;
    const year_month_day date(date_of(day));
    const std::int64_t first =
        number_of(of_month ? sys_days(date.year() / date.month() / 1) : sys_days(date.year() / 1 / 1));
    const std::int64_t end = number_of(of_month ? sys_days((date.year() / date.month() + std::chrono::months(1)) / 1)
                                                : sys_days((date.year() + std::chrono::years(1)) / 1 / 1));
    return wanted.nth > 0 ? (day - first) / 7 + 1 == wanted.nth : (end - 1 - day) / 7 + 1 == -wanted.nth;
}

/// Every BY part for days is a condition on the day; where none says which day, DTSTART does.
bool Rule::fits(std::int64_t day) const {
    const year_month_day date(date_of(day));
    const auto& first = start_.day;
    const int month = static_cast<int>(static_cast<unsigned>(date.month()));
    const int month_day = static_cast<int>(static_cast<unsigned>(date.day()));
    if (!empty_or_has(months_, month)) return false;
    if (!month_days_.empty()) {
        const auto last = (date.year() / date.month() / std::chrono::last).day();
        if (!has_place(month_days_, month_day, static_cast<int>(static_cast<unsigned>(last)))) return false;
    }
    if (!days_.empty() && std::ranges::none_of(days_, [&](const NthDay& one) { return nth_fits(one, day); }))
        return false;
    if (!year_days_.empty()) {
        const std::int64_t new_year = number_of(sys_days(date.year() / 1 / 1));
        if (!has_place(year_days_, day - new_year + 1, date.year().is_leap() ? 366 : 365)) return false;
    }
    if (!weeks_.empty()) {
        const std::int64_t one = week_one(week_year(day));
        if (!has_place(weeks_, (day - one) / 7 + 1, (week_one(week_year(day) + 1) - one) / 7)) return false;
    }
    const bool day_is_said = !month_days_.empty() || !days_.empty() || !year_days_.empty();
    switch (frequency_) {
        case Frequency::secondly:
        case Frequency::minutely:
        case Frequency::hourly:
        case Frequency::daily:
            return true;
        case Frequency::weekly:
            return day_is_said || std::chrono::weekday(date_of(day)) == std::chrono::weekday(sys_days(first));
        case Frequency::monthly:
            return day_is_said || date.day() == first.day();
        case Frequency::yearly:
            break;
    }
    if (day_is_said) return true;
    if (!weeks_.empty()) return std::chrono::weekday(date_of(day)) == std::chrono::weekday(sys_days(first));
    return date.day() == first.day() && (!months_.empty() || date.month() == first.month());
}

/// Appends them; how many were looked at.
std::size_t Rule::times_of(std::int64_t day, std::vector<LocalTime>& times) const {
    const LocalTime midnight = day * day_seconds;
    if (start_.date) {
        times.push_back(midnight);
        return 1;
    }
    const auto listed = [](const std::vector<int>& list, int first, Frequency own, Frequency frequency, int all) {
        if (!list.empty()) return list;
        if (frequency > own) return std::vector{first};
        std::vector<int> every(static_cast<std::size_t>(all));
        for (int i = 0; i < all; ++i)
            every[static_cast<std::size_t>(i)] = i;
        return every;
    };
    const auto hours = listed(hours_, start_.hour, Frequency::hourly, frequency_, 24);
    const auto minutes = listed(minutes_, start_.minute, Frequency::minutely, frequency_, 60);
    const auto seconds = listed(seconds_, start_.second, Frequency::secondly, frequency_, 60);
    const std::int64_t unit = frequency_ == Frequency::hourly ? 3600 : frequency_ == Frequency::minutely ? 60 : 1;
    const auto first = start_.seconds();
    for (const int hour : hours)
        for (const int minute : minutes)
            for (const int second : seconds) {
                const LocalTime at = midnight + hour * 3600 + minute * 60 + second;
                if (frequency_ < Frequency::daily && (at / unit - first / unit) % interval_ != 0) continue;
                times.push_back(at);
            }
    return hours.size() * minutes.size() * seconds.size();
}

/// Those that BYSETPOS leaves, when there is one; none when they are too many to choose from, or to look at. At most
/// some ten thousand.
std::optional<std::vector<LocalTime>> Rule::times_in(const Period& period, Effort& effort) const {
    if (!effort.spend(static_cast<std::size_t>(period.end - period.first))) return std::nullopt;
    std::vector<LocalTime> times;
    for (std::int64_t day = period.first; day < period.end; ++day) {
        if (fits(day) && !effort.spend(times_of(day, times) / times_an_effort)) return std::nullopt;
        if (times.size() <= most_times) continue;
        if (positions_.empty()) break;  // the first of them are right
        return std::nullopt;
    }
    if (positions_.empty()) return times;
    std::vector<LocalTime> chosen;
    const auto size = static_cast<std::int64_t>(times.size());
    for (std::size_t i = 0; i < times.size(); ++i)
        if (has_place(positions_, static_cast<std::int64_t>(i) + 1, size)) chosen.push_back(times[i]);
    return chosen;
}

std::vector<LocalTime> Rule::on_day(std::int64_t day, Effort& effort) const {
    std::vector<LocalTime> times;
    const Period period = period_of(day);
    if (!effort.spend(1) || day < number_of(sys_days(start_.day)) || !in_step(period) || !fits(day)) return times;
    if (positions_.empty()) {
        effort.spend(times_of(day, times) / times_an_effort);
    } else {
        times = times_in(period, effort).value_or(std::vector<LocalTime>{});
        std::erase_if(times, [&](LocalTime at) { return at < day * day_seconds || at >= (day + 1) * day_seconds; });
    }
    std::erase_if(times, [&](LocalTime at) { return at < start_.seconds(); });
    return times;
}

bool Rule::each(LocalTime from, Effort effort, const std::function<bool(LocalTime)>& use) const {
    from = std::max(from, start_.seconds());
    Period period = period_of(number_of(sys_days(start_.day)));
    for (; period.end * day_seconds <= from && period.first < end_of_time; period = next(period))
        if (!effort.spend(1)) return false;
    for (; period.first < end_of_time; period = next(period)) {
        const auto times = times_in(period, effort);
        if (!times) return false;
        for (const LocalTime at : *times) {
            if (at < from) continue;
            if (!use(at)) return true;
            if (!effort.spend(1)) return false;
        }
    }
    return true;
}

}  // namespace calendar::itip
