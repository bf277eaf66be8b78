#include "calendar/itip/time/rule_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <set>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/quoted.h"

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

/// A part that RFC 5545 3.3.10 does not allow with the others; empty when there is none.
std::string_view misplaced_part(const RuleParts& rule) {
    using Frequency = RuleParts::Frequency;
    const bool is_yearly = rule.frequency == Frequency::yearly;
    const bool has_nth = std::ranges::any_of(rule.days, [](const RuleParts::NthDay& day) { return day.nth != 0; });
    const bool may_have_nth = rule.frequency == Frequency::monthly || (is_yearly && rule.weeks.empty());
    if (has_nth && !may_have_nth) return "BYDAY";
    if (!rule.weeks.empty() && !is_yearly) return "BYWEEKNO";
    if (!rule.month_days.empty() && rule.frequency == Frequency::weekly) return "BYMONTHDAY";
    if (!rule.year_days.empty() && rule.frequency >= Frequency::daily && !is_yearly) return "BYYEARDAY";
    return {};
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

std::optional<std::string> fault_of_rule(std::string_view value) {
    std::map<std::string, std::string_view> parts;
    std::optional<std::string> fault;
    base::for_each_piece(base::trimmed(value), ';', [&](std::string_view written) {
        const std::string_view piece = base::trimmed(written);
        if (piece.empty() || fault) return;
        const auto equals = piece.find('=');
        const std::string name = base::uppered(base::trimmed(piece.substr(0, equals)));
        const std::string_view said =
            equals == std::string_view::npos ? std::string_view() : base::trimmed(piece.substr(equals + 1));
        RuleParts part;
        bool has_zeroth = false;
        if (name == "BYDAY")
            base::for_each_piece(said, ',', [&](std::string_view day) {
                day = base::trimmed(day);
                has_zeroth = has_zeroth || (day.size() > 2 && integer(day.substr(0, day.size() - 2)) == 0);
            });
        const bool is_new = parts.emplace(name, piece).second;
        const bool can_be_read = !said.empty() && read_part(name, said, part);
        const bool skips = name == "SKIP" && !base::same_word(said, "OMIT");
        if (piece != written)
            fault = fmt::format("'{}' has a blank beside it", piece.substr(0, longest_quoted));
        else if (!is_new || !can_be_read || has_zeroth || skips || name.starts_with("X-"))
            fault = fmt::format("'{}' is {}", piece.substr(0, longest_quoted), is_new ? "not valid" : "a duplicate");
    });
    if (fault) return fault;
    if (!parts.contains("FREQ")) return "FREQ is missing";
    if (parts.contains("COUNT") && parts.contains("UNTIL")) return "has both COUNT and UNTIL";
    const bool is_alone = parts.contains("BYSETPOS") && std::ranges::count_if(parts, [](const auto& part) {
                                                            return part.first.starts_with("BY");
                                                        }) == 1;
    if (is_alone) return fmt::format("'{}' needs another BY part", parts.at("BYSETPOS").substr(0, longest_quoted));
    const auto rule = read_rule_parts(value);
    const std::string misplaced(rule ? misplaced_part(*rule) : "");
    if (misplaced.empty()) return std::nullopt;
    const char* const beside = rule->frequency == RuleParts::Frequency::yearly ? "BYWEEKNO" : "FREQ";
    return fmt::format("'{}' is not allowed with '{}'", parts.at(misplaced).substr(0, longest_quoted),
                       parts.at(beside).substr(0, longest_quoted));
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
