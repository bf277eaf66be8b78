#include "calendar/itip/apply/cancel/cancelled_component.h"

#include <algorithm>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/parties.h"

namespace calendar::itip {

bool uninvites(const Component& cancel) {
    return !cancelled(cancel) && cancel.find("ATTENDEE") != nullptr;
}

bool uninvites_others(const ApplyContext& context, const Component& cancel) {
    return uninvites(cancel) && std::ranges::none_of(cancel.properties, [&](const Property& property) {
               return property.is("ATTENDEE") && context.conversation().recipient_is(address_of(&property));
           });
}

Reason cancel_reason(const Component& cancel, Reason unless_uninvited) {
    return uninvites(cancel) ? Reason::uninvited : unless_uninvited;
}

void mark_cancelled(Component& component, const Component& cancel) {
    component.set("STATUS", "CANCELLED");
    if (version_of(component).sequence > version_of(cancel).sequence) return;  // an override may be ahead of its master
    component.set("SEQUENCE", std::to_string(version_of(cancel).sequence));
    component.set("DTSTAMP", cancel.value("DTSTAMP"));
}

bool cancelled_by(const Component& component, const Component& cancel) {
    return cancelled(component) && order(version_of(cancel), version_of(component)) == Order::same;
}

Addresses attendees_of(const Component& cancel) {
    Addresses addresses;
    for (const Property& property : cancel.properties)
        if (const auto address = property.is("ATTENDEE") ? address_of(&property) : std::nullopt)
            addresses.insert(address->text());
    return addresses;
}

std::size_t remove_attendees(Component& component, const Addresses& uninvited) {
    return std::erase_if(component.properties, [&](const Property& property) {
        const auto address = property.is("ATTENDEE") ? address_of(&property) : std::nullopt;
        return address && uninvited.contains(address->text());
    });
}

}  // namespace calendar::itip
