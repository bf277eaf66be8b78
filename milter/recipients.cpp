#include "milter/recipients.h"

#include <algorithm>

#include "milter/parallel.h"

namespace milter {

using calendar::itip::Address;

std::optional<Recipient> recipient_at(const Address& address, const Snapshot& snapshot, policy::Deadline deadline) {
    auto token = snapshot.agents ? snapshot.agents->read(address) : std::nullopt;
    auto user = snapshot.users.find(token ? token->user : address, deadline);
    if (!user) return Recipient{{{}, {address}, {}, {}, {}}, address, user.error(), std::move(token)};
    if (!*user) return std::nullopt;
    auto& addresses = (*user)->addresses;
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
        addresses.insert(addresses.begin() + 1, address);  // an agent address is his as well
    return Recipient{std::move(**user), address, {}, std::move(token)};
}

std::vector<Recipient> recipients_of(const Envelope& envelope, const Snapshot& snapshot, policy::Deadline deadline) {
    std::vector<std::optional<Recipient>> answers(envelope.recipients.size());
    const auto ask = [&](std::size_t i) {
        if (const auto address = Address::parse(envelope.recipients[i]))
            answers[i] = recipient_at(*address, snapshot, deadline);
    };
    if (snapshot.users.immediate()) {
        for (std::size_t i = 0; i < answers.size(); ++i)
            ask(i);
    } else {
        in_parallel(answers.size(), ask);
    }
    std::vector<Recipient> found;
    for (auto& answer : answers) {
        if (!answer) continue;
        const bool known = answer->unknown.empty() && std::any_of(found.begin(), found.end(), [&](const Recipient& r) {
                               return r.unknown.empty() && r.user.name == answer->user.name;
                           });
        if (!known) found.push_back(std::move(*answer));
    }
    return found;
}

Recipient addressed(const Recipient& recipient, const calendar::itip::ItipMessage& message, const Snapshot& snapshot,
                    policy::Deadline deadline) {
    const auto& organizer = message.organizer();
    if (calendar::itip::speaks_for_organizer(message.method) || !organizer || !recipient.unknown.empty())
        return recipient;
    const auto& his = recipient.user.addresses;
    if (std::find(his.begin(), his.end(), organizer->address) != his.end()) return recipient;
    const auto user = snapshot.users.find(organizer->address, deadline);
    if (!user || !*user) return recipient;
    return Recipient{**user, recipient.address, {}, {}};
}

}  // namespace milter
