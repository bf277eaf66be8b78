#pragma once

#include <string>
#include <string_view>

#include "milter/daemon/snapshot.h"
#include "milter/judging/judgement.h"
#include "policy/rules/policy.h"

namespace milter::mta {

/// The name of the one header field that is added, and of the forged ones that are removed.
inline constexpr std::string_view processing_field = "Calendar-Processing";

/// The reply to the MTA at end of message.
struct Reply {
    enum class Verdict { deliver, quarantine, reject, discard, tempfail } verdict = Verdict::deliver;
    policy::rules::SmtpReply smtp;  ///< with reject
    std::string quarantine_reason;
    std::string outcome;  ///< word of the header field's outcome=; empty: no field
    /// Value of the Calendar-Processing field to add; empty: none. Printable ASCII without line ends or encoded words.
    std::string field;
};

/// The value of that field in lines of at most 78 characters with its name, so far as it has single spaces to fold at
/// (RFC 5322 2.2.3). Without its line ends it is what it was.
std::string folded(std::string_view field);

/// The reply to a judgement whose jobs are durable.
Reply reply_to(const judging::Judgement& judgement, const daemon::Snapshot& snapshot);

/// The reply to a message that is kept, and read later.
Reply reply_to_unread(const policy::config::Config& config);

/// The reply to a message that is not taken.
Reply refused_with(policy::rules::SmtpReply smtp);

/// The reply when this program itself failed: by `on_error`, the message goes on or comes again; it is never refused.
Reply reply_to_fault(const policy::config::Config& config);

}  // namespace milter::mta
