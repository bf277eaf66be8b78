#include "calendar/itip/read/normal_form/tidy.h"

#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/read/address.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/text/quoted.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

const Property* end_of(const Component& component) {
    return component.find(component.name == "VTODO" ? "DUE" : "DTEND");
}

/// As instants, or by the clock on the wall?
bool lasts(const Property& start, const Property& end, std::int64_t seconds) {
    const auto first = moment_of(start);
    const auto last = moment_of(end);
    const auto clock = wall_clock(base::trimmed(start.value));
    const auto last_clock = wall_clock(base::trimmed(end.value));
    return (first && last && last->seconds - first->seconds == seconds) ||
           (clock && last_clock && clock->utc == last_clock->utc && start.parameter("TZID") == end.parameter("TZID") &&
            last_clock->seconds() - clock->seconds() == seconds);
}

void tidy_party(Property& party) {
    if (!calendar_user(party.value)) return party.set_parameter("EMAIL", std::nullopt);
    const std::string value(base::trimmed(party.value));
    const bool uri = base::same_word(std::string_view(value).substr(0, mailto.size()), mailto);
    party.value = uri ? value.substr(0, mailto.size()).append(base::trimmed(value.substr(mailto.size()))) : value;
}

}  // namespace

void tidy(Component& component, Dropped& dropped) {
    for (Property& property : component.properties)
        if (property.is("ORGANIZER") || property.is("ATTENDEE")) tidy_party(property);
    for (const char* const name : {"STATUS", "DTSTAMP", "DURATION"})
        if (component.value(name).empty()) component.remove(name);
    const Property* const duration = end_of(component) == nullptr ? nullptr : component.find("DURATION");
    if (duration == nullptr) return;
    dropped.add(Dropped::What::duration, duration->line, duration->name);
    component.remove("DURATION");
}

Expected<void> check_duration(const Component& component) {
    const Property* const start = component.find("DTSTART");
    const Property* const end = end_of(component);
    const Property* const duration = component.find("DURATION");
    if (end == nullptr || duration == nullptr || base::trimmed(duration->value).empty()) return {};
    const auto seconds = duration_seconds(base::trimmed(duration->value));
    if (!seconds)
        return refuse(Reason::bad_calendar,
                      fault(component, *duration, about_value(duration->value, "is not a duration")));
    if (start == nullptr || lasts(*start, *end, *seconds)) return {};
    return refuse(Reason::bad_calendar, fault(component, *duration,
                                              fmt::format("'{}', but line {} says {} '{}'", duration->value, end->line,
                                                          end->name, end->value.substr(0, longest_quoted))));
}

}  // namespace calendar::itip
