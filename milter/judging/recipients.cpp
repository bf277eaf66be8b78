#include "milter/judging/recipients.h"

#include <algorithm>
#include <map>
#include <set>

#include "calendar/base/parallel.h"
#include "milter/mail/tokens.h"

namespace milter::judging {

using calendar::itip::Address;

namespace {

/// Addresses of one user; a sender can make up any number of extensions.
constexpr std::size_t most_addresses = 100;

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

}  // namespace

std::optional<Recipient> recipient_at(const Address& address, const daemon::Snapshot& snapshot,
                                      calendar::base::Deadline deadline) {
    auto token = snapshot.agents ? snapshot.agents->read(address) : std::nullopt;
    auto user = snapshot.find_user(token ? token->user : address, deadline);
    if (!user)
        return Recipient{.user = {.name = {}, .addresses = {address}, .preset = {}, .backend = {}, .timezone = {}},
                         .address = address,
                         .unknown = user.error(),
                         .token = std::move(token)};
    if (!*user) return std::nullopt;
    auto& addresses = (*user)->addresses;
    if (!contains(addresses, address))
        addresses.insert(addresses.begin() + 1, address);  // an agent address is theirs as well
    return Recipient{.user = std::move(**user), .address = address, .unknown = {}, .token = std::move(token)};
}

Recipients recipients_of(const mail::Envelope& envelope, const daemon::Snapshot& snapshot,
                         calendar::base::Deadline deadline) {
    Recipients recipients;
    const auto addresses = written_to(envelope, recipients.all_local);
    std::vector<std::optional<Recipient>> answers(addresses.size());
    const auto ask = [&](std::size_t i) { answers[i] = recipient_at(addresses[i], snapshot, deadline); };
    if (snapshot.users.immediate()) {
        for (std::size_t i = 0; i < answers.size(); ++i)
            ask(i);
    } else {
        calendar::base::in_parallel(answers.size(), ask);
    }
    auto& found = recipients.local;
    std::map<std::string, std::size_t> places;  // of users, in `found`
    for (auto& answer : answers) {
        recipients.all_local = recipients.all_local && answer;
        if (!answer) continue;
        const bool by_himself = answer->unknown.empty() && !answer->token;
        if (by_himself && !places.try_emplace(answer->user.name, found.size()).second) {
            auto& his = found[places.at(answer->user.name)].user.addresses;
            if (his.size() < most_addresses && !contains(his, answer->address)) his.push_back(answer->address);
        } else {
            found.push_back(std::move(*answer));
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
    const auto user = snapshot.find_user(organizer->address, deadline);
    if (!user || !*user) return recipient;
    if ((**user).name == recipient.user.name) {
        auto himself = recipient;
        himself.user.addresses.push_back(organizer->address);
        return himself;
    }
    return Recipient{.user = **user, .address = recipient.address, .unknown = {}, .token = {}};
}

}  // namespace milter::judging
