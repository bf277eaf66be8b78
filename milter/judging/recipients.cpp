#include "milter/judging/recipients.h"

#include <algorithm>
#include <map>
#include <set>

#include "calendar/base/threads/parallel.h"
#include "milter/mail/header/tokens.h"

namespace milter::judging {

using calendar::itip::Address;

namespace {

/// A sender can make up any number of extensions, and each job keeps those of its user, and the lists.
constexpr std::size_t most_extensions = 10;
constexpr std::size_t most_lists = 100;

/// What can be read of the envelope, each address once, in its order. What cannot is not the address of a local user.
std::vector<Address> written_to(const mail::Envelope& envelope, bool& all_local) {
    std::vector<Address> addresses;
    std::set<Address> seen;
    for (const auto& path : envelope.recipients) {
        const auto address = mail::mailbox_of_path(path);
        all_local = all_local && address;
        if (address && seen.insert(*address).second) addresses.push_back(*address);
    }
    return addresses;
}

/// The same user once more, by another of the recipients.
void join(Recipient& known, const Recipient& again) {
    auto& lists = known.user.lists;
    for (const auto& list : again.user.lists)
        if (lists.size() < most_lists && !contains(lists, list)) lists.push_back(list);
    if (!again.user.lists.empty()) return;
    if (!known.user.lists.empty() && !contains(known.user.addresses, known.address)) known.address = again.address;
    if (known.extensions < most_extensions && !contains(known.user.addresses, again.address)) {
        known.user.addresses.push_back(again.address);
        ++known.extensions;
    }
}

}  // namespace

void for_each_lookup(const daemon::Snapshot& snapshot, std::size_t count,
                     const std::function<void(std::size_t)>& look) {
    if (!snapshot.users.immediate()) return calendar::base::in_parallel(count, look);
    for (std::size_t i = 0; i < count; ++i)
        look(i);
}

Recipient unknown_at(const Address& address, std::string why,
                     std::optional<policy::users::AgentAddresses::Token> token) {
    return {.user = {.name = {}, .addresses = {address}, .preset = {}, .backend = {}, .timezone = {}},
            .address = address,
            .unknown = std::move(why),
            .token = std::move(token)};
}

std::vector<Recipient> recipients_at(const Address& address, const daemon::Snapshot& snapshot,
                                     calendar::base::Deadline deadline) {
    const auto token = snapshot.agents ? snapshot.agents->read(address) : std::nullopt;
    auto users = snapshot.find_users(token ? token->user : address, deadline);
    if (!users) return {unknown_at(address, users.error(), token)};
    std::vector<Recipient> recipients;
    for (auto& user : *users) {
        if (token && !contains(user.addresses, address))
            user.addresses.insert(user.addresses.begin() + 1, address);  // an agent address is theirs as well
        recipients.push_back({.user = std::move(user), .address = address, .unknown = {}, .token = token});
    }
    return recipients;
}

Recipients recipients_of(const mail::Envelope& envelope, const daemon::Snapshot& snapshot,
                         calendar::base::Deadline deadline) {
    Recipients recipients;
    const auto addresses = written_to(envelope, recipients.all_local);
    std::vector<std::vector<Recipient>> answers(addresses.size());
    for_each_lookup(snapshot, answers.size(),
                    [&](std::size_t i) { answers[i] = recipients_at(addresses[i], snapshot, deadline); });
    auto& found = recipients.local;
    std::map<std::string, std::size_t> places;  // of users, in `found`
    for (auto& answer : answers) {
        recipients.all_local = recipients.all_local && !answer.empty();
        for (auto& recipient : answer) {
            const bool by_himself = recipient.unknown.empty() && !recipient.token;
            const auto [place, is_new] =
                by_himself ? places.try_emplace(recipient.user.name, found.size()) : std::pair(places.end(), true);
            if (is_new)
                found.push_back(std::move(recipient));
            else
                join(found[place->second], recipient);
        }
    }
    return recipients;
}

Recipient addressed(const Recipient& recipient, const calendar::itip::ItipMessage& message,
                    const daemon::Snapshot& snapshot, calendar::base::Deadline deadline) {
    const auto& organizer = message.organizer();
    if (calendar::itip::speaks_for_organizer(message.method) || !organizer || !recipient.unknown.empty())
        return recipient;
    if (contains(recipient.user.addresses, organizer->address)) return recipient;
    if (contains(recipient.user.lists, organizer->address)) return recipient;
    auto users = snapshot.find_users(organizer->address, deadline);
    if (!users) return recipient;
    if (std::ranges::find(*users, recipient.user.name, &policy::users::User::name) != users->end()) {
        auto himself = recipient;
        himself.user.addresses.push_back(organizer->address);
        return himself;
    }
    // Who acts for a list does so for none of its members alone.
    if (users->size() != 1) return recipient;
    return {.user = std::move(users->front()), .address = recipient.address, .unknown = {}, .token = {}};
}

}  // namespace milter::judging
