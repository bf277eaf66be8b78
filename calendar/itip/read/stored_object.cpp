#include "calendar/itip/read/stored_object.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/read/calendar_text.h"
#include "calendar/itip/read/summary.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

/// Keeps the first of those that are equal but for what they answer.
class DistinctParties {
  public:
    explicit DistinctParties(std::vector<Party>& parties) : parties_(parties) {}

    void add(Party party) {
        if (seen_.emplace(party.address, party.sent_by, party.delegated_to, party.delegated_from).second)
            parties_.push_back(std::move(party));
    }

  private:
    std::vector<Party>& parties_;
    std::set<std::tuple<Address, std::optional<Address>, std::vector<Address>, std::vector<Address>>> seen_;
};

}  // namespace

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
    stored.uid = uid_text(components.front().value("UID"));
    if (stored.uid.empty()) return refuse(Reason::bad_calendar, "UID is missing");
    stored.cancelled = std::ranges::all_of(
        components, [](const Component& component) { return base::same_word(component.value("STATUS"), "CANCELLED"); });
    stored.organized = components.front().find("ORGANIZER") != nullptr;
    DistinctParties organizers(stored.organizers), attendees(stored.attendees);
    for (const Component& component : components) {
        ObjectSummary summary = summarize(component);
        if (summary.uid != stored.uid || summary.component != stored.component)
            return refuse(Reason::bad_calendar, "the object has more than one UID or component type");
        const auto& organizer = summary.organizer;
        if (organizer && (stored.organizers.empty() || stored.organizers.front().address == organizer->address))
            organizers.add(*organizer);
        for (Party& party : summary.attendees)
            attendees.add(std::move(party));
    }
    return stored;
}

}  // namespace calendar::itip
