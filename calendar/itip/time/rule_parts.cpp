#include "calendar/itip/time/rule_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <set>

#include "calendar/base/text.h"

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

/// A BY part that is a list of numbers.
struct ListPart {
    std::string_view name;
    struct {
        int least, most;  // never 0 where least is negative
    } range;
    std::vector<int> RuleParts::*list;
};
constexpr std::array<ListPart, 8> list_parts{{
    {"BYMONTH", {1, 12}, &RuleParts::months},
    {"BYWEEKNO", {-53, 53}, &RuleParts::weeks},
    {"BYYEARDAY", {-366, 366}, &RuleParts::year_days},
    {"BYMONTHDAY", {-31, 31}, &RuleParts::month_days},
    {"BYHOUR", {0, 23}, &RuleParts::hours},
    {"BYMINUTE", {0, 59}, &RuleParts::minutes},
    {"BYSECOND", {0, 60}, &RuleParts::seconds},
    {"BYSETPOS", {-366, 366}, &RuleParts::positions},
}};

bool read_list(std::string_view value, const ListPart& part, std::vector<int>& list) {
    bool fine = true;
    base::for_each_piece(value, ',', [&](std::string_view piece) {
        const auto one = integer(base::trimmed(piece));
        fine = fine && one && *one >= part.range.least && *one <= part.range.most &&
               (*one != 0 || part.range.least == 0) && list.size() < longest_list;
        if (fine) list.push_back(*one);
    });
    std::ranges::sort(list);
    list.erase(std::ranges::unique(list).begin(), list.end());
    return fine;
}

bool read_number(std::string_view name, std::string_view value, RuleParts& rule) {
    const auto number = integer(value);
    if (!number || *number < 1) return false;
    if (name == "INTERVAL")
        rule.interval = *number;
    else
        rule.count = static_cast<std::size_t>(*number);
    return true;
}

bool read_frequency(std::string_view value, RuleParts& rule) {
    constexpr std::array<std::string_view, 7> frequencies{"SECONDLY", "MINUTELY", "HOURLY", "DAILY",
                                                          "WEEKLY",   "MONTHLY",  "YEARLY"};
    for (std::size_t i = 0; i < frequencies.size(); ++i)
        if (base::same_word(frequencies.at(i), value)) {
            rule.frequency = static_cast<RuleParts::Frequency>(i);
            return true;
        }
    return false;
}

bool read_days(std::string_view value, RuleParts& rule) {
    bool fine = true;
    base::for_each_piece(value, ',', [&](std::string_view piece) {
        piece = base::trimmed(piece);
        if (piece.size() < 2 || rule.days.size() >= longest_list) return void(fine = false);
        const auto weekday = weekday_of(piece.substr(piece.size() - 2));
        const auto nth = piece.size() == 2 ? std::optional(0) : integer(piece.substr(0, piece.size() - 2));
        if (!weekday || !nth || std::abs(*nth) > 53) return void(fine = false);
        rule.days.push_back({*nth, *weekday});
    });
    return fine;
}

bool read_part(std::string_view name, std::string_view value, RuleParts& rule) {
    if (name == "FREQ") return read_frequency(value, rule);
    if (name == "INTERVAL" || name == "COUNT") return read_number(name, value, rule);
    if (name == "UNTIL") {
        rule.until = wall_clock(value);
        return rule.until.has_value();
    }
    if (name == "WKST") {
        const auto first = weekday_of(value);
        rule.week_start = first.value_or(0);
        return first.has_value();
    }
    if (name == "BYDAY") return read_days(value, rule);
    for (const ListPart& part : list_parts)
        if (name == part.name) return read_list(value, part, rule.*part.list);
    if (name == "RSCALE") return base::same_word(value, "GREGORIAN");
    return name == "SKIP" || name.starts_with("X-");  // SKIP means something with RSCALE only
}

}  // namespace

std::optional<RuleParts> read_rule_parts(std::string_view value) {
    RuleParts rule;
    bool fine = true;
    bool has_frequency = false;
    base::for_each_piece(base::trimmed(value), ';', [&](std::string_view piece) {
        piece = base::trimmed(piece);
        if (piece.empty()) return;
        const auto equals = piece.find('=');
        const std::string name = base::uppered(base::trimmed(piece.substr(0, equals)));
        has_frequency = has_frequency || name == "FREQ";
        fine =
            fine && equals != std::string_view::npos && read_part(name, base::trimmed(piece.substr(equals + 1)), rule);
    });
    if (!fine || !has_frequency) return std::nullopt;
    return rule;
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
