#include "calendar/itip/read/tidy.h"

#include <algorithm>
#include <array>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/read/address.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

constexpr std::array<std::string_view, 6> dates{"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RDATE", "EXDATE"};

/// VALUE as the values are written: DATE of days, none of times. Lists of both, and periods, stay.
void tidy_type(Property& property) {
    std::size_t days = 0;
    std::size_t times = 0;
    bool other = false;
    base::for_each_piece(property.value, ',', [&](std::string_view piece) {
        const auto clock = wall_clock(base::trimmed(piece));
        other = other || !clock;
        if (clock) ++(clock->date ? days : times);
    });
    if (other || (days > 0 && times > 0)) return;
    property.value = std::string(base::trimmed(property.value));
    const std::string type = property.parameter("VALUE").value_or("DATE-TIME");
    if (days > 0 && !base::same_word(type, "DATE")) property.set_parameter("VALUE", "DATE");
    if (times > 0 && !base::same_word(type, "DATE-TIME")) property.set_parameter("VALUE", std::nullopt);
}

void tidy_party(Property& party) {
    constexpr std::string_view scheme = "mailto:";
    if (!Address::parse(party.value)) return party.set_parameter("EMAIL", std::nullopt);
    const std::string value(base::trimmed(party.value));
    const bool uri = base::same_word(std::string_view(value).substr(0, scheme.size()), scheme);
    party.value = uri ? value.substr(0, scheme.size()).append(base::trimmed(value.substr(scheme.size()))) : value;
}

}  // namespace

void tidy(Component& component) {
    for (Property& property : component.properties) {
        if (std::ranges::any_of(dates, [&](std::string_view name) { return property.is(name); })) tidy_type(property);
        if (property.is("ORGANIZER") || property.is("ATTENDEE")) tidy_party(property);
    }
    if (component.find("DTEND") != nullptr || component.find("DUE") != nullptr) component.remove("DURATION");
    for (const char* const name : {"STATUS", "DTSTAMP"})
        if (component.value(name).empty()) component.remove(name);
}

}  // namespace calendar::itip
