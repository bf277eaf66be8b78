#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calendar/base/shared_json.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"

namespace calendar::delivery {

using Time = std::chrono::sys_seconds;

/// What the queue keeps until it is in the calendar: one iTIP message for one user, or a mail that no cell could read
/// in time (is_unread()), with neither user nor UID.
struct Job {
    std::string id;  ///< identity(): the same mail again is the same job
    Time created;
    std::string queue_id;  ///< of the mail, for people
    /// Empty: who the recipient is could not be found out yet; then `backend` is empty too.
    std::string user;
    std::string address;  ///< the user's address that was written to; of an unread mail its recipients, for people
    std::string backend;  ///< name in `backends:`
    std::string uid;
    itip::Method method = itip::Method::request;
    /// True: the policy said apply. False: a fact was unknown; the decision is taken when the job is due, from `facts`.
    bool decided = true;
    /// The policy said hold: it waits until a person says what shall become of it. While it is due as any other, its
    /// event is looked at first: what is in the calendar is not held.
    bool held = false;
    std::string rule;        ///< name of the deciding rule; empty for `otherwise`
    std::string place;       ///< FILE:LINE:COLUMN of it
    base::SharedJson facts;  ///< what is needed to decide later; opaque here; null when decided
    /// Ids of kept messages: of the one that holds what several jobs have in common (see payload.h), and of the mail
    /// that the decision needs. Empty: none.
    std::string content, mail;
    std::optional<itip::Address> organizer{};  ///< whom the message names; none: nobody, or not known
    /// Of a REPLY: the attendees whose reply it can be; empty: not known.
    std::vector<std::string> answering;
    itip::ApplyInput input;  ///< `stored` and `marks` are filled in when it is due
};

/// A held job that a person has accepted, which is more than a rule: what rules alone may not allow is allowed. The
/// guards of the engine stay.
Job released(Job held);

/// The address that was written to, and all of the user's; it is another one when the message was passed on to them.
struct Reached {
    itip::Address recipient;
    std::vector<itip::Address> addresses;
};

/// Hash (SHA-256, hex) of user (or, when they are not known, the address that was written to), UID, RECURRENCE-IDs,
/// method, SEQUENCE, DTSTAMP, content, the sender and how it reached the user: an answer that came to one who may not
/// take it is another than the same answer to one who may. An address with an extension, which is the sender's choice,
/// is no other way to them. Not of the queue id: a retry after a tempfail and a second MX give the same identity.
std::string identity(const std::string& user, const itip::ItipMessage& message,
                     const std::optional<itip::Address>& sender, const Reached& reached);
/// The same of an unread mail: a hash of the kept mail's id and the recipients, in whatever order.
std::string identity(const std::string& mail, std::vector<std::string> recipients);

/// Its `mail` has to be read before there are jobs for users, `facts` has the envelope; no `method`, no message.
inline bool is_unread(const Job& job) {
    return job.uid.empty();
}

/// Whose turn it is among those who write to a user: addresses cost nothing, domains do. Within a domain its addresses
/// take turns, which is fair to a large provider. Empty: those who are not proven yet have one turn together.
std::string turn_of(const Job& job);

using Event = std::pair<std::string, std::string>;  ///< user, UID
/// Whose order the queue keeps. An unread mail is one by itself, under its id.
Event event_of(const Job& job);

/// What the queue says of a job to people, whether or not the job itself can be read.
struct JobSummary {
    std::string id;
    Time created;
    std::string queue_id, user, uid;  ///< of an unread mail without user, UID and method
    std::string sender;               ///< empty: none
    std::string recipient;            ///< the address that was written to, or several of them
    std::string method, rule, place;
};

}  // namespace calendar::delivery
