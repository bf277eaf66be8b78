#include "calendar/itip/text/property_value.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/text/quoted.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

constexpr std::array<std::string_view, 7> lists{"EXDATE",    "RDATE", "FREEBUSY", "CATEGORIES",
                                                "RESOURCES", "RRULE", "EXRULE"};
/// Those that change what a value means.
constexpr std::array<std::string_view, 4> telling_parameters{"TZID", "VALUE", "RANGE", "SENT-BY"};
constexpr std::array<std::string_view, 5> single_parameters{"TZID", "VALUE", "RANGE", "SENT-BY", "PARTSTAT"};
constexpr std::string_view longest_sequence = "2147483647";

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

}  // namespace

bool has_times(const Property& property) noexcept {
    constexpr std::array<std::string_view, 6> times{"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RDATE", "EXDATE"};
    return std::ranges::any_of(times, [&](std::string_view name) { return property.is(name); });
}

Expected<void> check_value(const Property& property, PropertyRule::Place place) {
    constexpr unsigned events = PropertyRule::event | PropertyRule::journal;
    const std::string_view value = base::trimmed(property.value);
    if (std::ranges::any_of(lists, [&](std::string_view name) { return property.is(name); }) &&
        static_cast<std::size_t>(std::ranges::count(value, ',')) >= CalendarLimits::values)
        return refuse(Reason::too_complex, fmt::format("more than {} values", CalendarLimits::values));
    if (property.is("METHOD") && place != PropertyRule::calendar)
        return refuse(Reason::bad_calendar, "METHOD is not allowed inside of a component");
    if (property.is("SEQUENCE") && (place & events) != 0 && !valid_sequence(value))
        return refuse(Reason::bad_sequence,
                      about_value(value, fmt::format("is not a number from 0 to {}", longest_sequence)));
    if (property.is("UID") && (place & events) != 0 && (value.size() > CalendarLimits::uid || !printable_uid(value)))
        return refuse(Reason::bad_calendar,
                      fmt::format("must be printable and at most {} bytes long", CalendarLimits::uid));
    const bool is_zone_rule = place == PropertyRule::observance && (property.is("RRULE") || property.is("EXRULE"));
    if (is_zone_rule && !value.empty() && !yearly_only(value))
        return refuse(Reason::bad_calendar, "a rule of a time zone must have FREQ=YEARLY");
    return {};
}

bool says_the_same(const Property& a, const Property& b) {
    const auto said = [](const Property& property) {
        const std::string_view value = base::trimmed(property.value);
        const bool uri = property.is("ORGANIZER") && base::same_word(value.substr(0, mailto.size()), mailto);
        return base::trimmed(value.substr(uri ? mailto.size() : 0));
    };
    const std::string_view first = said(a);
    const std::string_view second = said(b);
    return (a.is("UID") ? uid_text(first) == uid_text(second) : base::same_word(first, second)) &&
           std::ranges::all_of(telling_parameters,
                               [&](std::string_view name) { return a.parameter(name) == b.parameter(name); });
}

std::string_view contradicting_parameter(const Property& property) {
    const auto& all = property.parameters;
    const auto* const found = std::ranges::find_if(single_parameters, [&](std::string_view name) {
        const auto is_named = [name](const Parameter& parameter) { return base::same_word(parameter.name, name); };
        const auto first = std::ranges::find_if(all, is_named);
        return std::ranges::any_of(all,
                                   [&](const Parameter& each) { return is_named(each) && each.value != first->value; });
    });
    return found == single_parameters.end() ? std::string_view() : *found;
}

Expected<Property> parse_load_bearing(std::string_view line) {
    if (has_control(line)) return refuse(Reason::bad_calendar, "control character");
    if (!base::valid_utf8(line)) return refuse(Reason::bad_encoding, "not UTF-8");
    auto property = parse_content_line(line);
    if (!property) return property;
    if (const auto name = contradicting_parameter(*property); !name.empty())
        return refuse(Reason::bad_calendar, fmt::format("duplicate parameter {}", name));
    for (const Parameter& parameter : property->parameters)
        if (has_escape(parameter.value))
            return refuse(Reason::bad_calendar,
                          fmt::format("parameter {} has a backslash before a quote or at its end; programs differ in "
                                      "where the value begins",
                                      parameter.name));
    property->value = base::trimmed(property->value);
    return property;
}

std::string says_otherwise(const Property& first, const Property& second) {
    const auto differing = std::ranges::find_if(
        telling_parameters, [&](std::string_view name) { return first.parameter(name) != second.parameter(name); });
    const auto quoted = [&](const Property& property) {
        const bool is_alike = differing != telling_parameters.end();
        const std::string said = is_alike ? property.parameter(*differing).value_or("") : property.value;
        return fmt::format("{}'{}'", is_alike ? fmt::format("{}=", *differing) : "",
                           base::trimmed(said).substr(0, longest_quoted));
    };
    return fmt::format("{}, but line {} says {}", quoted(second), first.line, quoted(first));
}

}  // namespace calendar::itip
