#include "calendar/itip/time/derive.h"

#include <optional>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/time/comparison.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

namespace {

/// How much later something is: by the clock on the wall, and as an instant.
struct Distance {
    std::int64_t by_clock, by_instants;
};

/// As written, so much later. A time in UTC, and an end in another zone than the start, move by instants, so that the
/// event lasts as long (RFC 5545 3.8.5.3). Any other moves by the clock on the wall, as calendar programs show it: a
/// night shift ends at six o'clock, also in the night when the clocks change.
void shift(Property& property, const Distance& distance, const Zone& zone_of_start) {
    const auto clock = wall_clock(base::trimmed(property.value));
    if (!clock) return;
    const Zone zone = zone_of(property);
    const Moment before = moment_of(*clock, zone);
    const bool as_instant = !clock->date && !before.floating && (clock->utc || zone != zone_of_start);
    std::int64_t seconds = clock->seconds() + (as_instant ? distance.by_instants : distance.by_clock);
    // The clocks of the zone may have changed.
    if (as_instant && !clock->utc)
        seconds += before.seconds + distance.by_instants - moment_of(wall_clock_at(seconds), zone).seconds;
    property.value = date_time(seconds);
    if (clock->date) property.value.resize(8);
    if (clock->utc) property.value += 'Z';
}

/// The rule with another end.
std::string with_until(std::string_view rule, std::string_view until) {
    std::string result;
    base::for_each_piece(base::trimmed(rule), ';', [&](std::string_view piece) {
        const std::string name = base::uppered(base::trimmed(piece.substr(0, piece.find('='))));
        if (name == "COUNT" || name == "UNTIL" || name.empty()) return;
        result.append(piece).append(";");
    });
    return result.append("UNTIL=").append(until);
}

bool from_then_on(const Instance& one, const Instance& first) {
    return one.date || first.whole_day ? one.day >= first.day : one.seconds >= first.seconds;
}

}  // namespace

Component derive_override(const Component& governing, const Component& master, const Recurrence& recurrence,
                          LocalTime time) {
    Component component = governing;
    for (const auto* const name : {"RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "X-MOZ-FAKED-MASTER"})
        component.remove(name);
    const LocalTime from = recurrence.time_of(governing);
    const Distance distance{time - from, recurrence.instance(time).seconds - recurrence.instance(from).seconds};
    const Property* const start = governing.find("DTSTART");
    for (Property& property : component.properties)
        if (property.is("DTSTART") || property.is("DTEND") || property.is("DUE"))
            shift(property, distance, zone_of(start == nullptr ? property : *start));
    // Not where a RANGE gave the instances another time or length.
    const bool as_long = governing.find("RECURRENCE-ID") == nullptr || as_governed(governing, master);
    if (auto end = as_long ? recurrence.end_of_period(time) : std::nullopt) {
        component.remove("DTEND");
        component.remove("DURATION");
        component.properties.push_back(std::move(*end));
    }
    component.properties.push_back(recurrence.at("RECURRENCE-ID", time));
    return component;
}

std::size_t properties_within(const Component& component) {
    std::size_t count = component.properties.size();
    for (const Component& child : component.components)  // bounded: depth
        count += properties_within(child);
    return count;
}

void end_before(Component& master, const Recurrence& recurrence, const Instance& instance,
                const InstanceReader& reader) {
    std::vector<Property> kept;
    for (Property& property : master.properties) {
        if (property.is("RRULE") && !base::trimmed(property.value).empty()) {
            if (recurrence.goes_on_after(property, instance))
                property.value = with_until(property.value, recurrence.until_before(instance));
        } else if (property.is("RDATE") || property.is("EXDATE")) {
            std::string rest;
            for_each_date(property, [&](const DateValue& single) {
                const auto one = reader.read(single);
                if (one && from_then_on(*one, instance)) return;
                if (!rest.empty()) rest += ',';
                rest += single.text;
            });
            if (rest.empty()) continue;
            property.value = std::move(rest);
        }
        kept.push_back(std::move(property));
    }
    master.properties = std::move(kept);
}

}  // namespace calendar::itip
