#include "milter/judging/membership.h"

#include <algorithm>
#include <set>
#include <string>

#include "policy/rules/roles.h"

namespace milter::judging {

using calendar::itip::Address;
using calendar::itip::ItipMessage;
using policy::users::User;

namespace {

/// Written to, and not named.
bool is_unnamed(const Recipient& recipient, const ItipMessage& message) {
    return recipient.unknown.empty() && !recipient.token && calendar::itip::speaks_for_organizer(message.method) &&
           policy::rules::recipient_role(message, recipient.user, recipient.address) == "none";
}

bool is_unnamed(const Recipient& recipient, std::span<const ItipMessage> messages) {
    return std::ranges::any_of(messages, [&](const ItipMessage& message) { return is_unnamed(recipient, message); });
}

/// ATTENDEEs of the recipients' domains who are not among the recipients.
std::vector<Address> possible_lists(const std::vector<Recipient>& recipients, std::span<const ItipMessage> messages) {
    std::set<std::string, std::less<>> domains;
    std::set<Address> seen;
    for (const auto& recipient : recipients) {
        for (const auto& address : recipient.user.addresses)
            domains.emplace(address.domain());
        seen.insert(recipient.user.addresses.begin(), recipient.user.addresses.end());
        seen.insert(recipient.user.lists.begin(), recipient.user.lists.end());
    }
    std::vector<Address> lists;
    for (const auto& message : messages)
        for (const auto& object : message.objects)
            for (const auto& attendee : object.attendees) {
                if (lists.size() == most_list_lookups) return lists;
                const auto& address = attendee.address;
                if (domains.contains(address.domain()) && seen.insert(address).second) lists.push_back(address);
            }
    return lists;
}

bool names_one_of(const ItipMessage& message, const std::vector<Address>& addresses) {
    return std::ranges::any_of(message.objects, [&](const calendar::itip::ObjectSummary& object) {
        return std::ranges::any_of(object.attendees,
                                   [&](const auto& attendee) { return contains(addresses, attendee.address); });
    });
}

}  // namespace

void find_lists(std::vector<Recipient>& recipients, std::span<const ItipMessage> messages,
                const daemon::Snapshot& snapshot, calendar::base::Deadline deadline) {
    const auto unnamed = [&](const Recipient& recipient) { return is_unnamed(recipient, messages); };
    if (std::ranges::none_of(recipients, unnamed)) return;
    const auto lists = possible_lists(recipients, messages);
    std::vector<calendar::base::Found<std::vector<User>>> answers(lists.size());
    for_each_lookup(snapshot, lists.size(),
                    [&](std::size_t i) { answers[i] = snapshot.find_users(lists[i], deadline); });
    for (auto& recipient : recipients) {
        if (!unnamed(recipient)) continue;
        for (std::size_t i = 0; i < lists.size() && recipient.unknown.empty(); ++i) {
            const auto& members = answers[i];
            if (!members)
                recipient = unknown_at(recipient.address, "the attendee " + lists[i].text() + ": " + members.error());
            else if (members->size() > 1 &&
                     std::ranges::find(*members, recipient.user.name, &User::name) != members->end())
                recipient.user.lists.push_back(lists[i]);
        }
    }
}

Address reached_at(const User& user, const Address& written_to, const ItipMessage& message) {
    if (user.lists.empty()) return written_to;
    if (!calendar::itip::speaks_for_organizer(message.method)) {
        const auto& organizer = message.organizer();
        return organizer && contains(user.lists, organizer->address) ? organizer->address : written_to;
    }
    if (names_one_of(message, user.addresses)) return written_to;
    const auto named =
        std::ranges::find_if(user.lists, [&](const Address& list) { return names_one_of(message, {list}); });
    return named == user.lists.end() ? written_to : *named;
}

}  // namespace milter::judging
