#include "milter/judging/learning.h"

#include <algorithm>
#include <set>

#include "calendar/base/text.h"
#include "milter/authentication/submission.h"
#include "milter/mail/header/tokens.h"

namespace milter::judging {

using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::Method;

namespace {

constexpr std::size_t most_correspondents = 500;

/// Addresses once each, the user's own left out.
class Others {
  public:
    explicit Others(const policy::users::User& user) : own_(user.addresses) {}

    void add(const Address& address) {
        if (found_.size() < most_correspondents && !contains(own_, address)) found_.insert(address);
    }
    std::vector<Address> list() const { return {found_.begin(), found_.end()}; }

  private:
    const std::vector<Address>& own_;
    std::set<Address> found_;
};

bool organizes(const policy::users::User& user, const ItipMessage& message) {
    return calendar::itip::speaks_for_organizer(message.method) && message.organizer() &&
           contains(user.addresses, message.organizer()->address);
}

/// They answer, and do not decline.
bool takes_part(const policy::users::User& user, const ItipMessage& message) {
    if (message.method != Method::reply) return false;
    for (const auto& object : message.objects)
        for (const auto& attendee : object.attendees)
            if (contains(user.addresses, attendee.address) && attendee.partstat != "DECLINED") return true;
    return false;
}

/// Written by a program: a receipt, a bounce, an absence notice.
bool automatic(const mail::Mail& mail) {
    return mail.envelope.from.empty() || std::ranges::any_of(mail.header.fields(), [](const mail::Field& field) {
               const auto value = field.text();
               const auto word = value.substr(0, value.find_first_of(" \t\r\n;("));
               return (field.is("Auto-Submitted") && !calendar::base::same_word(word, "no")) ||
                      (field.is("Content-Type") && calendar::base::same_word(word, "multipart/report"));
           });
}

bool refuses(const policy::users::User& user, const ItipMessage& message) {
    return message.method == Method::reply && !takes_part(user, message);
}

/// The events that this message is about and that the user organizes or takes part in, with those who do as well.
void learn_events(const policy::users::User& user, const mail::CalendarPart& part,
                  policy::memory::Observation& observation, Others& others) {
    for (const auto& message : part.messages) {
        const bool own = organizes(user, message);
        if (!own && !takes_part(user, message)) continue;
        observation.uids.push_back(message.uid);
        for (const auto& object : message.objects)
            for (const auto& attendee : object.attendees)
                if (own) others.add(attendee.address);
    }
}

}  // namespace

std::size_t Lesson::bytes() const noexcept {
    std::size_t size = sizeof *this + message.size();
    for (const auto& recipient : envelope.recipients)
        size += sizeof recipient + recipient.size();
    for (const auto& part : inspection.parts)
        for (const auto& each : part.messages)
            size += each.content.size();
    return size;
}

bool may_teach(const daemon::Snapshot& snapshot, const mail::Envelope& envelope) {
    const auto& learn = snapshot.config.learn;
    return snapshot.memory != nullptr && (learn.invitations || learn.recipients) &&
           authentication::may_be_submitted(snapshot.config.authentication.submission, envelope);
}

std::optional<Lesson> lesson_of(const daemon::SharedSnapshot& snapshot, const mail::Mail& mail) {
    if (!mail.header.from() || !may_teach(*snapshot, mail.envelope)) return std::nullopt;
    return Lesson{.snapshot = snapshot,
                  .envelope = mail.envelope,
                  .from = *mail.header.from(),
                  .automatic = automatic(mail),
                  .submitter = std::nullopt,
                  .inspection = {},
                  .message = {}};
}

std::optional<policy::memory::Observation> observation_of(Lesson lesson, const mail::Engine& engine,
                                                          calendar::base::Deadline deadline) {
    const auto& snapshot = *lesson.snapshot;
    const auto& learn = snapshot.config.learn;
    const auto user = lesson.submitter
                          ? *lesson.submitter
                          : authentication::submitter(snapshot.config.authentication.submission, snapshot.users,
                                                      lesson.from, lesson.envelope, deadline);
    if (!user) return std::nullopt;
    if (!lesson.message.empty()) lesson.inspection = engine.inspect(lesson.message, snapshot.limits, deadline);
    policy::memory::Observation observation{user->name, {}, {}};
    Others others(*user);
    const auto* part = lesson.inspection.usable();
    if (learn.invitations && part != nullptr) learn_events(*user, *part, observation, others);
    const bool strangers =
        lesson.automatic || (part != nullptr && std::ranges::any_of(part->messages, [&](const auto& message) {
                                 return refuses(*user, message);
                             }));
    if (learn.recipients && !strangers)
        for (const auto& path : lesson.envelope.recipients)
            if (const auto address = mail::mailbox_of_path(path)) others.add(*address);
    observation.correspondents = others.list();
    return observation;
}

}  // namespace milter::judging
