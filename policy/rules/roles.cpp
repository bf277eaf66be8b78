#include "policy/rules/roles.h"

#include <algorithm>

namespace policy::rules {

using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::Party;

namespace {

bool is_or_acts_for(const Party& party, const Address& address) {
    return party.address == address || party.sent_by == address;
}

void add(std::vector<std::string>& roles, const char* role) {
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) roles.emplace_back(role);
}

}  // namespace

std::vector<std::string> sender_roles(const ItipMessage& message, const Address& from, const users::User& user) {
    // A SENT-BY speaks as the party does whom the method speaks for.
    const bool of_organizer = calendar::itip::speaks_for_organizer(message.method);
    std::vector<std::string> roles;
    for (const auto& object : message.objects) {
        if (object.organizer && object.organizer->address == from) add(roles, "organizer");
        if (of_organizer && object.organizer && object.organizer->sent_by == from) add(roles, "sent_by");
        for (const auto& attendee : object.attendees) {
            if (!of_organizer && attendee.sent_by == from) add(roles, "sent_by");
            if (attendee.address != from) continue;
            add(roles, "attendee");
            if (!attendee.delegated_from.empty()) add(roles, "delegate");
            const bool to_recipient = std::any_of(attendee.delegated_to.begin(), attendee.delegated_to.end(),
                                                  [&](const Address& to) { return contains(user.addresses, to); });
            if (to_recipient) add(roles, "delegator");
        }
    }
    if (roles.empty()) roles.emplace_back("other");
    return roles;
}

std::string recipient_role(const ItipMessage& message, const users::User& user, const Address& envelope_recipient) {
    bool attendee = false;
    bool list = false;
    const auto is_list = [&](const Address& address) {
        return address == envelope_recipient || contains(user.lists, address);
    };
    for (const auto& object : message.objects) {
        if (object.organizer && contains(user.addresses, object.organizer->address)) return "organizer";
        for (const auto& party : object.attendees) {
            attendee = attendee || contains(user.addresses, party.address);
            list = list || is_list(party.address);
        }
    }
    return attendee ? "attendee" : list ? "list" : "none";
}

bool matches_stored(const calendar::itip::StoredObject& stored, const ItipMessage& message, const Address& from) {
    if (calendar::itip::speaks_for_organizer(message.method))
        return std::ranges::any_of(stored.organizers, [&](const Party& party) { return is_or_acts_for(party, from); });
    return std::any_of(stored.attendees.begin(), stored.attendees.end(), [&](const Party& party) {
        // A delegatee may not be an ATTENDEE yet: the delegator's DELEGATED-TO names them.
        const bool is_delegatee = contains(party.delegated_to, from) && message.attendee(from) != nullptr;
        return is_delegatee || (is_or_acts_for(party, from) && message.attendee(party.address) != nullptr);
    });
}

}  // namespace policy::rules
