#include "calendar/itip/time/rule.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace calendar::itip {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::size_t most_times = 50'000;  // of one period: what BYSETPOS has to choose from
constexpr std::size_t times_an_effort = 8;

/// Does the list have the place `from_first` (1 …) or its count from the end (-1 …)?
bool has_place(const std::vector<int>& list, std::int64_t from_first, std::int64_t size) {
    return std::ranges::any_of(list,
                               [&](int wanted) { return wanted == from_first || wanted == from_first - size - 1; });
}

/// The days of the longest of these months, of any when there is none.
int longest_of(const std::vector<int>& months) {
    constexpr std::array<int, 12> days_of{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int longest = months.empty() ? 31 : 0;
    for (const int month : months)
        longest = std::max(longest, days_of.at(static_cast<std::size_t>(month - 1)));
    return longest;
}

bool empty_or_has(const std::vector<int>& list, int value) {
    return list.empty() || std::ranges::binary_search(list, value);
}

}  // namespace

std::optional<Rule> Rule::read(std::string_view value, const WallClock& start) {
    auto parts = read_rule_parts(value);
    if (!parts) return std::nullopt;
    return Rule(std::move(*parts), start);
}

Rule::Rule(RuleParts parts, const WallClock& start)
    : parts_(std::move(parts)), start_(start), periods_(parts_, day_number(sys_days(start.day))) {
    const bool day_is_said = !parts_.month_days.empty() || !parts_.days.empty() || !parts_.year_days.empty();
    if (parts_.frequency == Frequency::yearly && parts_.months.empty() && parts_.weeks.empty() && !day_is_said)
        parts_.months = {static_cast<int>(static_cast<unsigned>(start.day.month()))};
    drop_impossible();
    cost_of_day_ += parts_.month_days.size() + parts_.days.size() + parts_.year_days.size() + parts_.weeks.size();
}

void Rule::drop_impossible() {
    const auto drop = [this](auto& list, auto impossible) {
        nothing_fits_ = std::erase_if(list, impossible) > 0 && list.empty() ? true : nothing_fits_;
    };
    const bool within_month =
        parts_.frequency == Frequency::monthly || (parts_.frequency == Frequency::yearly && !parts_.months.empty());
    if (within_month) drop(parts_.days, [](const NthDay& day) { return std::abs(day.nth) > 5; });
    const int longest = longest_of(parts_.months);
    drop(parts_.month_days, [longest](int day) { return std::abs(day) > longest; });
}

/// A weekday, perhaps the nth of the month or the year.
bool Rule::nth_fits(const NthDay& wanted, std::int64_t day) const {
    if (std::chrono::weekday(day_of_number(day)).c_encoding() != wanted.weekday) return false;
    const bool of_month =
        parts_.frequency == Frequency::monthly || (parts_.frequency == Frequency::yearly && !parts_.months.empty());
    const bool of_year = parts_.frequency == Frequency::yearly && parts_.weeks.empty();
    if (wanted.nth == 0 || (!of_month && !of_year)) return true;
    const year_month_day date(day_of_number(day));
    const std::int64_t first =
        day_number(of_month ? sys_days(date.year() / date.month() / 1) : sys_days(date.year() / 1 / 1));
    const std::int64_t end = day_number(of_month ? sys_days((date.year() / date.month() + std::chrono::months(1)) / 1)
                                                 : sys_days((date.year() + std::chrono::years(1)) / 1 / 1));
    return wanted.nth > 0 ? (day - first) / 7 + 1 == wanted.nth : (end - 1 - day) / 7 + 1 == -wanted.nth;
}

/// Every BY part for days is a condition on the day; where none says which day, DTSTART does.
bool Rule::fits(std::int64_t day) const {
    if (nothing_fits_) return false;
    const year_month_day date(day_of_number(day));
    const auto& first = start_.day;
    const int month = static_cast<int>(static_cast<unsigned>(date.month()));
    const int month_day = static_cast<int>(static_cast<unsigned>(date.day()));
    if (!empty_or_has(parts_.months, month)) return false;
    if (!parts_.month_days.empty()) {
        const auto last = (date.year() / date.month() / std::chrono::last).day();
        if (!has_place(parts_.month_days, month_day, static_cast<int>(static_cast<unsigned>(last)))) return false;
    }
    if (!parts_.days.empty() &&
        std::ranges::none_of(parts_.days, [&](const NthDay& one) { return nth_fits(one, day); }))
        return false;
    if (!parts_.year_days.empty()) {
        const std::int64_t new_year = day_number(sys_days(date.year() / 1 / 1));
        if (!has_place(parts_.year_days, day - new_year + 1, date.year().is_leap() ? 366 : 365)) return false;
    }
    if (!parts_.weeks.empty()) {
        const std::int64_t one = periods_.week_one(periods_.week_year(day));
        if (!has_place(parts_.weeks, (day - one) / 7 + 1, (periods_.week_one(periods_.week_year(day) + 1) - one) / 7))
            return false;
    }
    const bool day_is_said = !parts_.month_days.empty() || !parts_.days.empty() || !parts_.year_days.empty();
    switch (parts_.frequency) {
        case Frequency::secondly:
        case Frequency::minutely:
        case Frequency::hourly:
        case Frequency::daily:
            return true;
        case Frequency::weekly:
            return day_is_said || std::chrono::weekday(day_of_number(day)) == std::chrono::weekday(sys_days(first));
        case Frequency::monthly:
            return day_is_said || date.day() == first.day();
        case Frequency::yearly:
            break;
    }
    if (day_is_said) return true;
    if (!parts_.weeks.empty()) return std::chrono::weekday(day_of_number(day)) == std::chrono::weekday(sys_days(first));
    return date.day() == first.day();
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
    const auto hours = listed(parts_.hours, start_.hour, Frequency::hourly, parts_.frequency, 24);
    const auto minutes = listed(parts_.minutes, start_.minute, Frequency::minutely, parts_.frequency, 60);
    const auto seconds = listed(parts_.seconds, start_.second, Frequency::secondly, parts_.frequency, 60);
    const std::int64_t unit = parts_.frequency == Frequency::hourly     ? 3600
                              : parts_.frequency == Frequency::minutely ? 60
                                                                        : 1;
    const auto first = start_.seconds();
    for (const int hour : hours)
        for (const int minute : minutes)
            for (const int second : seconds) {
                const LocalTime at = midnight + hour * 3600 + minute * 60 + second;
                if (parts_.frequency < Frequency::daily && (at / unit - first / unit) % parts_.interval != 0) continue;
                times.push_back(at);
            }
    return hours.size() * minutes.size() * seconds.size();
}

/// The day itself, or else the first one in a month of BYMONTH.
std::int64_t Rule::first_in_months(std::int64_t day) const {
    const year_month_day date(day_of_number(day));
    auto month = date.year() / date.month();
    while (!empty_or_has(parts_.months, static_cast<int>(static_cast<unsigned>(month.month()))))
        month += std::chrono::months(1);
    return std::max(day, day_number(sys_days(month / 1)));
}

/// Those that BYSETPOS leaves, when there is one; none when they are too many to choose from, or to look at. At most
/// some ten thousand.
std::optional<std::vector<LocalTime>> Rule::times_in(const Period& period, Effort& effort) const {
    if (!effort.spend(1)) return std::nullopt;
    std::vector<LocalTime> times;
    for (std::int64_t day = first_in_months(period.first); day < period.end; day = first_in_months(day + 1)) {
        if (!effort.spend(cost_of_day_)) return std::nullopt;
        if (fits(day) && !effort.spend(times_of(day, times) / times_an_effort)) return std::nullopt;
        if (times.size() <= most_times) continue;
        if (parts_.positions.empty()) break;  // the first of them are right
        return std::nullopt;
    }
    if (parts_.positions.empty()) return times;
    if (!effort.spend(times.size() * parts_.positions.size())) return std::nullopt;
    std::vector<LocalTime> chosen;
    const auto size = static_cast<std::int64_t>(times.size());
    for (std::size_t i = 0; i < times.size(); ++i)
        if (has_place(parts_.positions, static_cast<std::int64_t>(i) + 1, size)) chosen.push_back(times[i]);
    return chosen;
}

std::vector<LocalTime> Rule::on_day(std::int64_t day, Effort& effort) const {
    std::vector<LocalTime> times;
    const Period period = periods_.of(day);
    if (!effort.spend(cost_of_day_) || day < day_number(sys_days(start_.day)) || !periods_.in_step(period) ||
        !fits(day))
        return times;
    if (parts_.positions.empty()) {
        effort.spend(times_of(day, times) / times_an_effort);
    } else {
        times = times_in(period, effort).value_or(std::vector<LocalTime>{});
        std::erase_if(times, [&](LocalTime at) { return at < day * day_seconds || at >= (day + 1) * day_seconds; });
    }
    std::erase_if(times, [&](LocalTime at) { return at < start_.seconds(); });
    return times;
}

bool Rule::each(LocalTime from, Effort effort, const std::function<bool(LocalTime)>& use) const {
    if (nothing_fits_) return true;
    from = std::max(from, start_.seconds());
    Period period = periods_.of(day_number(sys_days(start_.day)));
    for (; period.end * day_seconds <= from && period.first < RulePeriods::last_day; period = periods_.next(period))
        if (!effort.spend(1)) return false;
    for (; period.first < RulePeriods::last_day; period = periods_.next(period)) {
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
