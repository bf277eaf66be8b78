#include "calendar/itip/read/equivalence.h"

#include <algorithm>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/read/calendar_text.h"
#include "calendar/itip/read/summary.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/comparison.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/rule_parts.h"
#include "calendar/itip/time/zone/sender_zones.h"

namespace calendar::itip {

namespace {

std::string written(const Moment& at) {
    return std::to_string(at.seconds) + (at.date ? "d" : "t") + (at.floating ? "f" : "");
}

/// The instants of all lines of this name, sorted, however they are spread over lines; what is not a date as it is
/// written.
std::string dates(const Component& component, std::string_view name) {
    std::set<std::string> all;
    for (const Property& property : component.properties) {
        if (!property.is(name) || base::trimmed(property.value).empty()) continue;
        const auto instants = moments_of(property);
        // Of a PERIOD the end counts too, so the text stands.
        if (!instants || property.value.find('/') != std::string::npos) {
            all.insert(property.value);
            continue;
        }
        for (const Moment& at : *instants)
            all.insert(written(at));
    }
    std::string text;
    for (const std::string& one : all)
        text += one + ',';
    return text;
}

std::string rules(const Component& component) {
    std::set<std::string> all;
    for (const Property& property : component.properties)
        if (property.is("RRULE") || property.is("EXRULE"))
            all.insert(base::uppered(property.name) + ' ' + meaning_of_rule(property.value));
    std::string text;
    for (const std::string& one : all)
        text += one + ' ';
    return text;
}

/// DTEND, DUE or DTSTART + DURATION: when it ends. A day without an end lasts that day (RFC 5545 3.6.1).
std::string end(const Component& component) {
    for (const std::string_view name : {"DTEND", "DUE"})
        if (component.find(name) != nullptr) return dates(component, name);
    const Property* const start = component.find("DTSTART");
    auto at = start == nullptr ? std::nullopt : moment_of(*start);
    const auto duration = duration_seconds(component.value("DURATION"));
    if (!at) return component.value("DURATION");
    if (!duration && component.name != "VEVENT") return "";
    at->seconds += duration.value_or(at->date ? day_seconds : 0);
    return written(*at) + ',';
}

std::string range(const Component& component) {
    const Property* const id = component.find("RECURRENCE-ID");
    return id == nullptr ? std::string() : base::uppered(id->parameter("RANGE").value_or(""));
}

/// Where it matters which clock a series goes by: the offsets of its zone over the year.
std::string zone(const Component& component) {
    if (component.find("RRULE") == nullptr) return {};
    const Property* const start = component.find("DTSTART");
    return start == nullptr ? std::string() : offsets_over_the_year(*start);
}

/// Who says what. Of an invitation it does not matter: programs name others in each part.
std::string answers(const ObjectSummary& summary, Method method) {
    if (speaks_for_organizer(method)) return {};
    std::set<std::string> all;
    for (const Party& attendee : summary.attendees)
        all.insert(attendee.address.text() + '=' + base::uppered(attendee.partstat));
    std::string text;
    for (const std::string& one : all)
        text += one + ' ';
    return text;
}

std::string meaning(const Component& component, const ObjectSummary& summary, Method method) {
    std::string text;
    for (const std::string& part :
         {dates(component, "RECURRENCE-ID"), range(component), zone(component), std::to_string(summary.sequence),
          dates(component, "DTSTART"), end(component), rules(component), dates(component, "RDATE"),
          dates(component, "EXDATE"), base::uppered(component.value("STATUS")), answers(summary, method)})
        text += part + '|';
    return text;
}

/// Of one VCALENDAR, whose VTIMEZONEs count already.
std::vector<std::string> meaning(const ItipMessage& message, const Component& calendar) {
    std::vector<std::string> all;
    for (const Component& component : calendar.components)
        if (is_storable(component.name)) all.push_back(meaning(component, summarize(component), message.method));
    std::ranges::sort(all);
    all.push_back(message.component);
    all.push_back(message.uid);
    all.emplace_back(word(message.method));
    all.push_back(message.organizer() ? message.organizer()->address.text() : "");
    return all;
}

}  // namespace

Meaning::Meaning(const std::vector<ItipMessage>& messages, Effort& effort) {
    std::multiset<std::vector<std::string>> all;
    std::optional<SenderZones> zones;  // the same in all messages of a part
    for (const ItipMessage& message : messages) {
        const auto calendars = read_content(message.content);
        if (!calendars) return;
        if (!zones) zones.emplace(calendars->front(), effort);
        if (zones->trouble()) return;
        all.insert(meaning(message, calendars->front()));
    }
    all_ = std::move(all);
}

}  // namespace calendar::itip
