#include "calendar/itip/text/lint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"

namespace calendar::itip {

namespace {

/// Properties that two readers would take differently when they were duplicated: one takes the first, the other the
/// last.
constexpr std::array<std::string_view, 12> once_in_a_component{
    "UID",   "SEQUENCE", "DTSTAMP",  "RECURRENCE-ID", "ORGANIZER", "DTSTART",
    "DTEND", "DUE",      "DURATION", "STATUS",        "TZID",      "METHOD",
};

constexpr std::array<std::string_view, 7> lists{"EXDATE",    "RDATE", "FREEBUSY", "CATEGORIES",
                                                "RESOURCES", "RRULE", "EXRULE"};

/// What stands in a VCALENDAR and nowhere else (RFC 5545 3.6): within another, programs differ in what they see.
constexpr std::array<std::string_view, 5> only_in_a_calendar{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"};

/// May a component stand in that other one? In a time zone only its observances.
bool may_stand_in(std::string_view outer, std::string_view name) {
    if (outer == "VTIMEZONE") return name == "STANDARD" || name == "DAYLIGHT";
    return outer == "VCALENDAR" || std::ranges::find(only_in_a_calendar, name) == only_in_a_calendar.end();
}

constexpr std::size_t longest_component_name = 64;
constexpr std::string_view longest_sequence = "2147483647";

/// One BEGIN that has no END yet.
struct Open {
    std::string name;        ///< upper case
    std::uint32_t seen = 0;  ///< a bit for each of once_in_a_component
    std::size_t attendees = 0;
};

bool has_control(std::string_view line) noexcept {
    return std::ranges::any_of(line,
                               [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

bool valid_sequence(std::string_view value) noexcept {
    if (!base::digits_only(value)) return false;
    value.remove_prefix(std::min(value.find_first_not_of('0'), value.size()));
    return value.size() < longest_sequence.size() ||
           (value.size() == longest_sequence.size() && value <= longest_sequence);
}

/// No TAB (the other controls are refused everywhere) and none of the C1 controls U+0080 to U+009F.
bool printable_uid(std::string_view uid) noexcept {
    for (std::size_t i = 0; i < uid.size(); ++i) {
        if (uid[i] == '\t') return false;
        if (uid[i] == '\xC2' && i + 1 < uid.size() && static_cast<unsigned char>(uid[i + 1]) < 0xA0) return false;
    }
    return true;
}

/// Every FREQ of the rule is YEARLY and there is one: whichever a reader takes, it does not search every second of a
/// century.
bool yearly_only(std::string_view rule) {
    bool yearly = false;
    bool other = false;
    base::for_each_piece(rule, ';', [&](std::string_view piece) {
        const auto equals = piece.find('=');
        if (!base::same_word(base::trimmed(piece.substr(0, equals)), "FREQ")) return;
        const bool is_yearly =
            equals != std::string_view::npos && base::same_word(base::trimmed(piece.substr(equals + 1)), "YEARLY");
        (is_yearly ? yearly : other) = true;
    });
    return yearly && !other;
}

class Linter {
  public:
    explicit Linter(std::string_view bytes, const LintLimits& limits) : limits_(limits), reader_(bytes) {}

    Expected<void> run() {
        while (reader_.next())
            if (auto fine = line(); !fine) return fine;
        if (reader_.lines_read() - uncounted_lines_ > limits_.lines) return too_many("lines");
        if (!open_.empty()) return refuse(Reason::bad_calendar, open_.back().name + " has no END");
        if (components_ == 0) return refuse(Reason::bad_calendar, "there is no VCALENDAR");
        return {};
    }

  private:
    tl::unexpected<Refusal> wrong(Reason reason, const std::string& what) const {
        return refuse(reason, "line " + std::to_string(reader_.number()) + ": " + what);
    }
    tl::unexpected<Refusal> bad(const std::string& what) const { return wrong(Reason::bad_calendar, what); }
    tl::unexpected<Refusal> too_many(const std::string& what) const {
        return wrong(Reason::too_complex, "more " + what + " than allowed");
    }

    Expected<void> line() {
        const std::string_view text = reader_.line();
        const std::string_view name = line_name(text);
        if (base::same_word(name, "ATTACH") || base::same_word(name, "IMAGE")) {
            uncounted_lines_ += reader_.folds();
        } else {
            if (reader_.longest() > LintLimits::physical_line)
                return wrong(Reason::too_complex,
                             "the line is longer than " + std::to_string(LintLimits::physical_line) + " bytes");
            if (text.size() > LintLimits::logical_line)
                return wrong(Reason::too_complex,
                             "the unfolded line is longer than " + std::to_string(LintLimits::logical_line) + " bytes");
        }
        if (reader_.lines_read() - uncounted_lines_ > limits_.lines) return too_many("lines");
        if (!base::valid_utf8(text)) return wrong(Reason::bad_encoding, "the text is not UTF-8");
        if (has_control(text)) return bad("the line contains a control character");
        if (reader_.orphan()) return bad("a continuation line without a line before it");

        const auto property = parse_content_line(text);
        if (!property) return wrong(property.error().reason, property.error().detail);
        if (property->is("BEGIN")) return begin(*property);
        if (open_.empty()) return bad("content outside of VCALENDAR");
        if (property->is("END")) return end(*property);
        return content(*property);
    }

    Expected<void> begin(const Property& property) {
        const std::string name = base::uppered(base::trimmed(property.value));
        const bool usable =
            !name.empty() && name.size() <= longest_component_name && base::letters_digits_or(name, "-_");
        if (!usable || !property.parameters.empty()) return bad("BEGIN must name a component");
        if (open_.size() == LintLimits::depth)
            return wrong(Reason::too_deep,
                         "components are nested more than " + std::to_string(LintLimits::depth) + " deep");
        if ((name == "VCALENDAR") != open_.empty())
            return bad("BEGIN:" + name + (open_.empty() ? " outside of VCALENDAR" : " inside of VCALENDAR"));
        if (!open_.empty() && !may_stand_in(open_.back().name, name))
            return bad(name + " is not allowed inside of " + open_.back().name);
        if (++components_ > limits_.components + 1) return too_many("components");
        if ((name == "STANDARD" || name == "DAYLIGHT") && ++observances_ > LintLimits::observances)
            return too_many("time zone observances");
        open_.push_back({name, 0, 0});
        return {};
    }

    Expected<void> end(const Property& property) {
        if (!property.parameters.empty() || !base::same_word(base::trimmed(property.value), open_.back().name))
            return bad("END does not match BEGIN:" + open_.back().name);
        open_.pop_back();
        return {};
    }

    Expected<void> content(const Property& property) {
        if (++properties_ > limits_.properties) return too_many("properties");
        if (auto fine = once(property); !fine) return fine;
        const std::string_view value = property.value;
        if (std::ranges::any_of(lists, [&](std::string_view name) { return property.is(name); }) &&
            static_cast<std::size_t>(std::ranges::count(value, ',')) >= LintLimits::values)
            return too_many("values");
        if (property.is("ATTENDEE") && ++open_.back().attendees > limits_.attendees) return too_many("attendees");
        if (property.is("METHOD") && open_.size() > 1) return bad("METHOD inside of a component");
        if (property.is("SEQUENCE") && !valid_sequence(value))
            return wrong(Reason::bad_sequence, "SEQUENCE must be a number from 0 to " + std::string(longest_sequence));
        if (property.is("UID") && (value.size() > LintLimits::uid || !printable_uid(value)))
            return bad("UID must be printable and at most " + std::to_string(LintLimits::uid) + " bytes long");
        const bool in_timezone = std::ranges::any_of(open_, [](const Open& open) { return open.name == "VTIMEZONE"; });
        if (in_timezone && (property.is("RRULE") || property.is("EXRULE")) && !yearly_only(value))
            return bad("a rule of a time zone must have FREQ=YEARLY");
        return {};
    }

    Expected<void> once(const Property& property) {
        const auto* const found =
            std::ranges::find_if(once_in_a_component, [&](std::string_view name) { return property.is(name); });
        if (found == once_in_a_component.end()) return {};
        const std::uint32_t bit = std::uint32_t{1} << (found - once_in_a_component.begin());
        if ((open_.back().seen & bit) != 0) return bad("duplicate " + std::string(*found) + " in " + open_.back().name);
        open_.back().seen |= bit;
        return {};
    }

    const LintLimits& limits_;
    LineReader reader_;
    std::vector<Open> open_;
    std::size_t uncounted_lines_ = 0;
    std::size_t components_ = 0;
    std::size_t properties_ = 0;
    std::size_t observances_ = 0;
};

}  // namespace

Expected<void> lint(std::string_view bytes, const LintLimits& limits) {
    if (bytes.size() > limits.bytes)
        return refuse(Reason::too_large, "the text has " + std::to_string(bytes.size()) + " bytes; the limit is " +
                                             std::to_string(limits.bytes));
    return Linter(bytes, limits).run();
}

}  // namespace calendar::itip
