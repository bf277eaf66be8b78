#include "calendar/itip/text/line_kind.h"

#include <algorithm>
#include <array>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"

namespace calendar::itip {

namespace {

using Value = PropertyRule::Value;

constexpr std::string_view digits = "0123456789";
constexpr unsigned anywhere = ~0U;
constexpr unsigned vcalendar = PropertyRule::calendar;
constexpr unsigned single = PropertyRule::event;  // of which a VJOURNAL may have several
constexpr unsigned events = PropertyRule::event | PropertyRule::journal;
constexpr unsigned zone = PropertyRule::zone;
constexpr unsigned observance = PropertyRule::observance;

/// An English word, with which text of an event may begin.
constexpr PropertyRule not_of_events(std::string_view name, unsigned once = 0, Value value = Value::any) {
    return {name, 0, once, false, value, false};
}

/// The IANA registry of iCalendar properties (RFC 5545, 6321, 7808, 7953, 7986, 9073, 9074, 9253), and EXRULE of RFC
/// 2445.
constexpr std::array rules{
    PropertyRule{"BEGIN", anywhere, 0, true},
    PropertyRule{"END", anywhere, 0, true},
    PropertyRule{"METHOD", anywhere, anywhere, true},
    PropertyRule{"UID", events, events | vcalendar},
    PropertyRule{"RECURRENCE-ID", events, events},
    PropertyRule{"SEQUENCE", events, events, true},
    PropertyRule{"DTSTAMP", events, events},
    PropertyRule{"ORGANIZER", events, events, true},
    PropertyRule{"ATTENDEE", events, 0, true},
    PropertyRule{"DTSTART", events | observance, events | observance},
    PropertyRule{"DTEND", events, events},
    PropertyRule{"DUE", events, events, true},
    PropertyRule{"DURATION", events, events, true},
    PropertyRule{"RRULE", events | observance, 0},
    PropertyRule{"RDATE", events | observance, 0},
    PropertyRule{"EXDATE", events | observance, 0},
    PropertyRule{"EXRULE", events | observance, 0},
    PropertyRule{"STATUS", events, events, true},
    PropertyRule{"TZID", zone, zone},
    PropertyRule{"TZOFFSETFROM", observance, observance},
    PropertyRule{"TZOFFSETTO", observance, observance},
    PropertyRule{"CALSCALE", vcalendar, vcalendar},
    // Carried everywhere.
    PropertyRule{"CLASS", 0, events, false, Value::word},
    PropertyRule{"COLOR", 0, events | vcalendar},
    PropertyRule{"COMPLETED", 0, events, false, Value::time},
    PropertyRule{"CREATED", 0, events, false, Value::time},
    PropertyRule{"DESCRIPTION", 0, single},
    PropertyRule{"GEO", 0, events, false, Value::geo},
    PropertyRule{"LAST-MODIFIED", 0, events | vcalendar | zone, false, Value::time},
    PropertyRule{"LOCATION", 0, events},
    PropertyRule{"PERCENT-COMPLETE", 0, events, false, Value::percent},
    PropertyRule{"PRIORITY", 0, events, false, Value::priority},
    PropertyRule{"PRODID", 0, vcalendar},
    PropertyRule{"REFRESH-INTERVAL", 0, vcalendar},
    not_of_events("SOURCE", vcalendar, Value::uri),
    PropertyRule{"SUMMARY", 0, events},
    PropertyRule{"TRANSP", 0, events, false, Value::transparency},
    PropertyRule{"TZUNTIL", 0, zone},
    PropertyRule{"TZURL", 0, zone},
    PropertyRule{"URL", 0, events | vcalendar, false, Value::uri},
    not_of_events("VERSION", vcalendar),
    not_of_events("ACKNOWLEDGED"),
    not_of_events("ACTION"),
    PropertyRule{"ATTACH", 0, 0},
    PropertyRule{"BUSYTYPE", 0, 0},
    PropertyRule{"CALENDAR-ADDRESS", 0, 0},
    PropertyRule{"CATEGORIES", 0, 0},
    PropertyRule{"COMMENT", 0, 0},
    PropertyRule{"CONCEPT", 0, 0},
    PropertyRule{"CONFERENCE", 0, 0, false, Value::uri},
    PropertyRule{"CONTACT", 0, 0},
    PropertyRule{"FREEBUSY", 0, 0},
    PropertyRule{"IMAGE", 0, 0},
    PropertyRule{"LINK", 0, 0},
    PropertyRule{"LOCATION-TYPE", 0, 0},
    not_of_events("NAME"),
    PropertyRule{"PARTICIPANT-TYPE", 0, 0},
    not_of_events("PROXIMITY"),
    PropertyRule{"REFID", 0, 0},
    PropertyRule{"RELATED-TO", 0, 0},
    not_of_events("REPEAT"),
    PropertyRule{"REQUEST-STATUS", 0, 0},
    PropertyRule{"RESOURCE-TYPE", 0, 0},
    PropertyRule{"RESOURCES", 0, 0},
    PropertyRule{"STRUCTURED-DATA", 0, 0},
    PropertyRule{"STYLED-DESCRIPTION", 0, 0},
    not_of_events("TRIGGER"),
    PropertyRule{"TZID-ALIAS-OF", 0, 0},
    PropertyRule{"TZNAME", 0, 0},
    PropertyRule{"XML", 0, 0},
};

constexpr std::array<std::string_view, 5> only_in_a_calendar{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"};

struct NamedPlace {
    std::string_view component;
    PropertyRule::Place place;
};
constexpr std::array<NamedPlace, 8> places{{{"VCALENDAR", PropertyRule::calendar},
                                            {"VEVENT", PropertyRule::event},
                                            {"VTODO", PropertyRule::event},
                                            {"VFREEBUSY", PropertyRule::event},
                                            {"VJOURNAL", PropertyRule::journal},
                                            {"VTIMEZONE", PropertyRule::zone},
                                            {"STANDARD", PropertyRule::observance},
                                            {"DAYLIGHT", PropertyRule::observance}}};

}  // namespace

const PropertyRule* PropertyRule::of(std::string_view property_name) noexcept {
    const auto* const found = std::ranges::find_if(
        rules, [&](const PropertyRule& rule) { return base::same_word(rule.name, property_name); });
    return found == rules.end() ? nullptr : found;
}

PropertyRule::Place PropertyRule::place(std::string_view component_name) noexcept {
    const auto* const found = std::ranges::find(places, component_name, &NamedPlace::component);
    return found == places.end() ? other : found->place;
}

bool is_load_bearing(std::string_view property_name, PropertyRule::Place place) noexcept {
    const PropertyRule* const rule = PropertyRule::of(property_name);
    return rule != nullptr && (rule->load_bearing & place) != 0;
}

std::string_view first_word(std::string_view line) noexcept {
    const auto end = std::ranges::find_if(line, [](char c) { return !base::letter_or_digit(c) && c != '-'; });
    const auto word = line.substr(0, static_cast<std::size_t>(end - line.begin()));
    return word.substr(0, word.find_first_of(digits));
}

bool begins_load_bearing(std::string_view line, PropertyRule::Place place) noexcept {
    const auto name = first_word(line);
    const auto rest = line.substr(name.size());
    const PropertyRule* const rule = PropertyRule::of(name);
    if (rule == nullptr || (rule->load_bearing & place) == 0) return false;
    if (!rule->is_word || rest.empty()) return !rule->is_word;
    const auto behind_blanks = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return rest.front() == '=' || digits.find(rest.front()) != digits.npos || behind_blanks.starts_with(':') ||
           behind_blanks.starts_with(';');
}

std::string_view load_bearing_behind_return(std::string_view line, PropertyRule::Place place) noexcept {
    for (auto at = line.find('\r'); at != std::string_view::npos; at = line.find('\r', at + 1)) {
        const std::string_view name = line_name(line.substr(at + 1, line.find('\r', at + 1) - at - 1));
        if (is_load_bearing(name, place)) return name;
    }
    return {};
}

bool may_stand_in(std::string_view outer, std::string_view component) noexcept {
    if (outer == "VTIMEZONE") return component == "STANDARD" || component == "DAYLIGHT";
    return outer == "VCALENDAR" || std::ranges::find(only_in_a_calendar, component) == only_in_a_calendar.end();
}

bool is_property_name(std::string_view name) noexcept {
    return PropertyRule::of(name) != nullptr ||
           (base::same_word(name.substr(0, 2), "X-") && base::letters_digits_or(name, "-_"));
}

bool is_property_in(std::string_view name, PropertyRule::Place place) noexcept {
    const PropertyRule* const rule = PropertyRule::of(name);
    const bool in_event = place == PropertyRule::event || place == PropertyRule::journal;
    return rule == nullptr ? is_property_name(name) : rule->is_of_events || !in_event;
}

}  // namespace calendar::itip
