#include "calendar/itip/read/summary.h"

#include <charconv>
#include <set>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

bool is_storable(std::string_view component_name) noexcept {
    return component_name == "VEVENT" || component_name == "VTODO" || component_name == "VJOURNAL";
}

Component merged(std::vector<Component> calendars) {
    Component all{"VCALENDAR", std::move(calendars.front().properties), {}};
    std::set<std::string> names;
    for (const Property& property : all.properties)
        names.insert(base::uppered(property.name));
    std::set<std::string> zones;
    for (Component& calendar : calendars) {
        std::set<std::string> more;
        for (Property& property : calendar.properties) {
            std::string name = base::uppered(property.name);
            if (names.contains(name)) continue;
            more.insert(std::move(name));
            all.properties.push_back(std::move(property));
        }
        names.merge(more);
        for (Component& component : calendar.components)
            if (component.name != "VTIMEZONE" || zones.insert(zone_name(component)).second)
                all.components.push_back(std::move(component));
    }
    return all;
}

std::optional<Party> party_of(const Property* line) {
    auto address = address_of(line);
    if (!address) return std::nullopt;
    return Party{.address = std::move(*address),
                 .sent_by = sent_by(line),
                 .partstat = partstat(*line),
                 .delegated_to = listed_addresses(*line, "DELEGATED-TO"),
                 .delegated_from = listed_addresses(*line, "DELEGATED-FROM"),
                 .email = email(line)};
}

ObjectSummary summarize(const Component& component) {
    ObjectSummary summary;
    summary.component = component.name;
    summary.uid = uid_text(component.value("UID"));
    if (component.find("RECURRENCE-ID") != nullptr) summary.recurrence_id = component.value("RECURRENCE-ID");
    const std::string sequence = component.value("SEQUENCE");
    if (base::digits_only(sequence))
        std::from_chars(sequence.data(), sequence.data() + sequence.size(), summary.sequence);
    summary.dtstamp = component.value("DTSTAMP");
    summary.organizer = party_of(component.find("ORGANIZER"));
    for (const Property& property : component.properties)
        if (property.is("ATTENDEE"))
            if (auto party = party_of(&property)) summary.attendees.push_back(std::move(*party));
    return summary;
}

std::vector<ObjectSummary> summaries(const Series& series) {
    std::vector<ObjectSummary> all;
    series.each([&all](const Component& component) { all.push_back(summarize(component)); });
    return all;
}

}  // namespace calendar::itip
