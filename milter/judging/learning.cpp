#include "milter/judging/learning.h"

#include <algorithm>
#include <set>

#include "milter/authentication/from.h"
#include "milter/authentication/submission.h"
#include "milter/authentication/tokens.h"
#include "milter/mail/header_fields.h"

namespace milter::judging {

using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::Method;

namespace {

constexpr std::size_t most_correspondents = 500;
constexpr std::chrono::seconds patience{5};

/// Addresses once each, the user's own left out.
class Others {
  public:
    explicit Others(const policy::users::User& user) : own_(user.addresses) {}

    void add(const Address& address) {
        if (found_.size() < most_correspondents && std::find(own_.begin(), own_.end(), address) == own_.end())
            found_.insert(address);
    }
    std::vector<Address> list() const { return {found_.begin(), found_.end()}; }

  private:
    const std::vector<Address>& own_;
    std::set<Address> found_;
};

bool contains(const std::vector<Address>& addresses, const Address& address) {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

bool organizes(const policy::users::User& user, const ItipMessage& message) {
    return calendar::itip::speaks_for_organizer(message.method) && message.organizer() &&
           contains(user.addresses, message.organizer()->address);
}

/// He answers, and does not decline.
bool takes_part(const policy::users::User& user, const ItipMessage& message) {
    if (message.method != Method::reply) return false;
    for (const auto& object : message.objects)
        for (const auto& attendee : object.attendees)
            if (contains(user.addresses, attendee.address) && attendee.partstat != "DECLINED") return true;
    return false;
}

/// Written by a program (RFC 3834 5): a receipt, a bounce, an absence notice.
bool automatic(const mail::Envelope& envelope, std::string_view header) {
    bool found = envelope.from.empty();
    mail::for_each_field(header, [&](std::string_view name, std::string_view value) {
        const auto word = value.substr(0, value.find_first_of(" \t\r\n;("));
        if (mail::same_name(name, "Auto-Submitted") && !mail::same_name(word, "no")) found = true;
        if (mail::same_name(name, "Content-Type") && mail::same_name(word, "multipart/report")) found = true;
    });
    return found;
}

bool refuses(const policy::users::User& user, const ItipMessage& message) {
    return message.method == Method::reply && !takes_part(user, message);
}

}  // namespace

bool may_be_observed(const daemon::Snapshot& snapshot, const mail::Envelope& envelope) {
    const auto& learn = snapshot.config.learn;
    return snapshot.memory != nullptr && (learn.invitations || learn.recipients) &&
           authentication::may_be_submitted(snapshot.config.authentication.submission, envelope.auth_login,
                                            envelope.client_ip);
}

std::optional<policy::memory::Observation> observation_of(const daemon::Snapshot& snapshot,
                                                          const mail::Envelope& envelope, std::string_view header,
                                                          const mail::Inspection& inspection) {
    if (!may_be_observed(snapshot, envelope)) return std::nullopt;
    const auto from = authentication::from_mailbox(header);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    if (!from || !authentication::submitted(snapshot.config.authentication.submission, snapshot.users, *from,
                                            envelope.auth_login, envelope.client_ip, deadline))
        return std::nullopt;
    const auto user = snapshot.users.find(*from, deadline);
    if (!user || !*user) return std::nullopt;
    policy::memory::Observation lesson{(**user).name, {}, {}};
    Others others(**user);
    const auto* part = inspection.usable();
    if (snapshot.config.learn.invitations && part != nullptr) {
        for (const auto& message : part->messages) {
            const bool his = organizes(**user, message);
            if (!his && !takes_part(**user, message)) continue;
            lesson.uids.push_back(message.uid);
            for (const auto& object : message.objects)
                for (const auto& attendee : object.attendees)
                    if (his) others.add(attendee.address);
        }
    }
    const bool no_friends = automatic(envelope, header) ||
                            (part != nullptr && std::ranges::any_of(part->messages, [&](const auto& message) {
                                 return refuses(**user, message);
                             }));
    if (snapshot.config.learn.recipients && !no_friends)
        for (const auto& path : envelope.recipients)
            if (const auto address = authentication::mailbox_of_path(path)) others.add(*address);
    lesson.correspondents = others.list();
    return lesson;
}

}  // namespace milter::judging
