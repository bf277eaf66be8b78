#include "calendar/itip/read/stored_object.h"

#include <algorithm>
#include <set>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/read/calendar_text.h"
#include "calendar/itip/read/summary.h"
#include "calendar/itip/text/document.h"

namespace calendar::itip {

Expected<StoredObject> describe(std::string_view stored_object) {
    auto calendars = read_stored_text(stored_object);
    if (!calendars) return tl::unexpected(calendars.error());

    std::vector<Component> components = merged(std::move(*calendars)).components;
    std::erase_if(components, [](const Component& component) { return !is_storable(component.name); });
    if (components.empty()) return refuse(Reason::bad_calendar, "there is no VEVENT, VTODO or VJOURNAL");
    // The master speaks first, for the organizer and for an attendee who stands in several components.
    std::ranges::stable_partition(
        components, [](const Component& component) { return component.find("RECURRENCE-ID") == nullptr; });

    StoredObject stored;
    stored.component = components.front().name;
    stored.uid = components.front().value("UID");
    if (stored.uid.empty()) return refuse(Reason::bad_calendar, "UID is missing");
    stored.cancelled = std::ranges::all_of(
        components, [](const Component& component) { return base::same_word(component.value("STATUS"), "CANCELLED"); });
    std::set<Address> seen;
    for (const Component& component : components) {
        ObjectSummary summary = summarize(component);
        if (summary.uid != stored.uid || summary.component != stored.component)
            return refuse(Reason::bad_calendar, "the object has more than one UID or component type");
        if (&component == &components.front()) stored.organizer = std::move(summary.organizer);
        for (Party& party : summary.attendees)
            if (seen.insert(party.address).second) stored.attendees.push_back(std::move(party));
    }
    return stored;
}

}  // namespace calendar::itip
