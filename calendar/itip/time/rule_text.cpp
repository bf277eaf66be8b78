#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/time/rule.h"

namespace calendar::itip {

namespace {

constexpr std::size_t longest_list = 400;  // values of one BY part; no part has more that differ
constexpr std::array<std::string_view, 7> weekdays{"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

std::optional<int> integer(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    int value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc{} && read.ptr == end ? std::optional(value) : std::nullopt;
}

std::optional<unsigned> weekday_of(std::string_view text) {
    for (unsigned i = 0; i < weekdays.size(); ++i)
        if (base::same_word(weekdays.at(i), text)) return i;
    return std::nullopt;
}

bool read_list(std::string_view value, int least, int most, bool negative, std::vector<int>& list) {
    bool fine = true;
    base::for_each_piece(value, ',', [&](std::string_view piece) {
        const auto one = integer(base::trimmed(piece));
        const int size = one ? (negative ? std::abs(*one) : *one) : least - 1;
        fine = fine && size >= least && size <= most && list.size() < longest_list;
        if (fine) list.push_back(*one);
    });
    std::ranges::sort(list);
    list.erase(std::ranges::unique(list).begin(), list.end());
    return fine;
}

}  // namespace

std::optional<Rule> Rule::read(std::string_view value, const WallClock& start) {
    Rule rule;
    rule.start_ = start;
    bool fine = true;
    bool has_frequency = false;
    base::for_each_piece(base::trimmed(value), ';', [&](std::string_view piece) {
        piece = base::trimmed(piece);
        if (piece.empty()) return;
        const auto equals = piece.find('=');
        const std::string name = base::uppered(base::trimmed(piece.substr(0, equals)));
        has_frequency = has_frequency || name == "FREQ";
        fine =
            fine && equals != std::string_view::npos && rule.read_part(name, base::trimmed(piece.substr(equals + 1)));
    });
    if (!fine || !has_frequency) return std::nullopt;
    return rule;
}

bool Rule::read_part(std::string_view name, std::string_view value) {
    constexpr std::array<std::string_view, 7> frequencies{"SECONDLY", "MINUTELY", "HOURLY", "DAILY",
                                                          "WEEKLY",   "MONTHLY",  "YEARLY"};
    if (name == "FREQ") {
        for (std::size_t i = 0; i < frequencies.size(); ++i)
            if (base::same_word(frequencies.at(i), value)) {
                frequency_ = static_cast<Frequency>(i);
                return true;
            }
        return false;
    }
    if (name == "INTERVAL" || name == "COUNT") {
        const auto number = integer(value);
        if (!number || *number < 1) return false;
        if (name == "INTERVAL")
            interval_ = *number;
        else
            count_ = static_cast<std::size_t>(*number);
        return true;
    }
    if (name == "UNTIL") {
        until_ = wall_clock(value);
        return until_.has_value();
    }
    if (name == "WKST") {
        const auto first = weekday_of(value);
        week_start_ = first.value_or(0);
        return first.has_value();
    }
    if (name == "BYDAY") {
        bool fine = true;
        base::for_each_piece(value, ',', [&](std::string_view piece) {
            piece = base::trimmed(piece);
            if (piece.size() < 2 || days_.size() >= longest_list) return void(fine = false);
            const auto weekday = weekday_of(piece.substr(piece.size() - 2));
            const auto nth = piece.size() == 2 ? std::optional(0) : integer(piece.substr(0, piece.size() - 2));
            if (!weekday || !nth || std::abs(*nth) > 53) return void(fine = false);
            days_.push_back({*nth, *weekday});
        });
        return fine;
    }
    if (name == "BYMONTH") return read_list(value, 1, 12, false, months_);
    if (name == "BYWEEKNO") return read_list(value, 1, 53, true, weeks_);
    if (name == "BYYEARDAY") return read_list(value, 1, 366, true, year_days_);
    if (name == "BYMONTHDAY") return read_list(value, 1, 31, true, month_days_);
    if (name == "BYHOUR") return read_list(value, 0, 23, false, hours_);
    if (name == "BYMINUTE") return read_list(value, 0, 59, false, minutes_);
    if (name == "BYSECOND") return read_list(value, 0, 60, false, seconds_);
    if (name == "BYSETPOS") return read_list(value, 1, 366, true, positions_);
    if (name == "RSCALE") return base::same_word(value, "GREGORIAN");
    return name == "SKIP" || name.starts_with("X-");  // SKIP means something with RSCALE only
}

std::string meaning_of_rule(std::string_view value) {
    std::set<std::string> parts;
    base::for_each_piece(value, ';', [&](std::string_view piece) {
        const std::string part = base::uppered(base::trimmed(piece));
        if (part.empty() || part == "INTERVAL=1" || part == "WKST=MO") return;
        const auto equals = part.find('=');
        std::set<std::string> values;
        if (equals != std::string::npos)
            base::for_each_piece(std::string_view(part).substr(equals + 1), ',',
                                 [&](std::string_view one) { values.emplace(one); });
        std::string sorted = part.substr(0, equals) + '=';
        for (const std::string& one : values)
            sorted += one + ',';
        parts.insert(sorted);
    });
    std::string text;
    for (const std::string& part : parts)
        text += part + ';';
    return text;
}

}  // namespace calendar::itip
