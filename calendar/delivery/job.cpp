#include "calendar/delivery/job.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "calendar/base/sha256.h"
#include "calendar/itip/read/organizational_domain.h"

namespace calendar::delivery {

namespace {

/// SHA-256 over fields, each with its length before it, so that no two lists of fields run together into the same
/// bytes.
class FieldHash {
  public:
    void add(std::string_view field) {
        hash_.add(std::to_string(field.size()) + ':');
        hash_.add(field);
    }
    std::string hex() { return hash_.hex(); }

  private:
    base::Sha256 hash_;
};

/// As what the message names who has these addresses.
std::string role_of(const std::vector<itip::Address>& addresses, const itip::ItipMessage& message) {
    const auto is_theirs = [&](const itip::Address& address) { return contains(addresses, address); };
    bool organizes = false, attends = false;
    for (const auto& object : message.objects) {
        organizes = organizes || (object.organizer && is_theirs(object.organizer->address));
        for (const auto& attendee : object.attendees)
            attends = attends || is_theirs(attendee.address);
    }
    return std::string(organizes ? "organizer " : "") + (attends ? "attendee" : "");
}

}  // namespace

std::string identity(const std::string& user, const itip::ItipMessage& message,
                     const std::optional<itip::Address>& sender, const Reached& reached) {
    FieldHash hash;
    hash.add(user);
    hash.add(message.uid);
    hash.add(itip::word(message.method));
    hash.add(sender ? sender->text() : std::string());
    const auto& [recipient, addresses] = reached;
    hash.add(contains(addresses, recipient) ? role_of(addresses, message) : recipient.text());
    hash.add(std::to_string(message.objects.size()));
    for (const auto& object : message.objects) {
        hash.add(object.recurrence_id ? "instance" : "series");
        hash.add(object.recurrence_id.value_or(std::string()));
        hash.add(std::to_string(object.sequence));
        hash.add(object.dtstamp);
    }
    hash.add(message.content);
    return hash.hex();
}

std::string identity(const std::string& mail, std::vector<std::string> recipients) {
    std::sort(recipients.begin(), recipients.end());
    FieldHash hash;
    hash.add(mail);
    for (const auto& recipient : recipients)
        hash.add(recipient);
    return hash.hex();
}

Job released(Job held) {
    held.decided = true;
    held.held = false;
    auto& input = held.input;
    input.sent_by_allowed = input.sender_known = input.publish_allowed = true;
    if (input.options.party_crashers == itip::Options::PartyCrashers::hold)
        input.options.party_crashers = itip::Options::PartyCrashers::add;
    return held;
}

std::string turn_of(const Job& job) {
    if (!job.input.sender || !job.mail.empty()) return {};
    return itip::organizational_domain(job.input.sender->domain());
}

Event event_of(const Job& job) {
    return {job.user, is_unread(job) ? job.id : job.uid};
}

}  // namespace calendar::delivery
