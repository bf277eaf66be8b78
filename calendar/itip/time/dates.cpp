#include "calendar/itip/time/dates.h"

#include <array>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

namespace {

constexpr std::size_t longest_count = 9;  // digits of one number of a DURATION: no sum of them overflows

int number(std::string_view digits) noexcept {
    int value = 0;
    for (const char c : digits)
        value = value * 10 + (c - '0');
    return value;
}

}  // namespace

std::int64_t WallClock::seconds() const noexcept {
    return day_number(day) * day_seconds + hour * 3600 + minute * 60 + second;
}

std::optional<WallClock> wall_clock(std::string_view text) noexcept {
    WallClock clock;
    clock.date = text.size() == 8;
    clock.utc = text.size() == 16 && text.back() == 'Z';
    if (!clock.date && !clock.utc && text.size() != 15) return std::nullopt;
    if (!base::digits_only(text.substr(0, 8))) return std::nullopt;
    clock.day = std::chrono::year(number(text.substr(0, 4))) / number(text.substr(4, 2)) / number(text.substr(6, 2));
    if (!clock.day.ok() || clock.day.year() == std::chrono::year(0)) return std::nullopt;
    if (clock.date) return clock;
    if (text[8] != 'T' || !base::digits_only(text.substr(9, 6))) return std::nullopt;
    clock.hour = number(text.substr(9, 2));
    clock.minute = number(text.substr(11, 2));
    clock.second = number(text.substr(13, 2));
    if (clock.hour > 23 || clock.minute > 59 || clock.second > 60) return std::nullopt;  // 60: a leap second
    return clock;
}

WallClock wall_clock_at(std::int64_t seconds) noexcept {
    const std::chrono::sys_seconds at{std::chrono::seconds(seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::hh_mm_ss clock(at - day);
    return {.day = std::chrono::year_month_day(day),
            .hour = static_cast<int>(clock.hours().count()),
            .minute = static_cast<int>(clock.minutes().count()),
            .second = static_cast<int>(clock.seconds().count())};
}

std::string date_time(std::int64_t seconds) {
    const WallClock clock = wall_clock_at(seconds);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}", static_cast<int>(clock.day.year()),
                       static_cast<unsigned>(clock.day.month()), static_cast<unsigned>(clock.day.day()), clock.hour,
                       clock.minute, clock.second);
}

Moment moment_of(const WallClock& clock, const Zone& zone) {
    const auto offset = clock.utc ? 0 : zone.offset_at(clock);
    return {.seconds = clock.seconds() - offset.value_or(0), .date = clock.date, .floating = !offset};
}

std::optional<Moment> moment_of(std::string_view value, const Zone& zone) {
    const auto clock = wall_clock(base::trimmed(value.substr(0, value.find('/'))));
    return clock ? std::optional(moment_of(*clock, zone)) : std::nullopt;
}

std::optional<Moment> moment_of(const Property& property) {
    return moment_of(std::string_view(property.value).substr(0, property.value.find(',')), zone_of(property));
}

std::optional<std::vector<Moment>> moments_of(const Property& property) {
    const Zone zone = zone_of(property);
    std::vector<Moment> all;
    bool fine = true;
    base::for_each_piece(property.value, ',', [&](std::string_view piece) {
        const auto one = moment_of(piece, zone);
        fine = fine && one;
        if (one) all.push_back(*one);
    });
    if (!fine) return std::nullopt;
    return all;
}

std::optional<std::int64_t> duration_seconds(std::string_view value) {
    struct Unit {
        char letter;
        bool time;
        std::int64_t seconds;
    };
    constexpr std::array<Unit, 5> units{
        {{'W', false, 604800}, {'D', false, 86400}, {'H', true, 3600}, {'M', true, 60}, {'S', true, 1}}};

    const bool negative = value.starts_with('-');
    if (negative || value.starts_with('+')) value.remove_prefix(1);
    if (!value.starts_with('P')) return std::nullopt;
    value.remove_prefix(1);

    std::int64_t sum = 0;
    bool time = false;
    bool any = false;
    // Each unit at most once, in this order, hours and less behind the T.
    for (const Unit& unit : units) {
        if (!time && value.starts_with('T')) {
            time = true;
            any = false;
            value.remove_prefix(1);
        }
        const auto digits = value.find_first_not_of("0123456789");
        if (unit.time != time || digits == std::string_view::npos || value[digits] != unit.letter) continue;
        if (digits == 0 || digits > longest_count) return std::nullopt;
        sum += number(value.substr(0, digits)) * unit.seconds;
        any = true;
        value.remove_prefix(digits + 1);
    }
    if (!any || !value.empty()) return std::nullopt;
    return negative ? -sum : sum;
}

}  // namespace calendar::itip
