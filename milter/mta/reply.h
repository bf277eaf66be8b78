#pragma once

#include <string>

#include "milter/judging/judge.h"
#include "policy/rules/policy.h"

namespace milter::mta {

/// The name of the one header field that is added, and of the forged ones that are removed.
inline constexpr const char* processing_field = "Calendar-Processing";

/// The reply to the MTA at end of message.
struct Reply {
    enum class Verdict { deliver, quarantine, reject, discard, tempfail } verdict = Verdict::deliver;
    policy::rules::SmtpReply smtp;  ///< with reject
    std::string quarantine_reason;
    std::string outcome;  ///< word of the header field's outcome=; empty: no field
    std::string
        field;  ///< value of the Calendar-Processing field to add; empty: none. Printable ASCII without line ends.
};

/// The reply to a judgement whose jobs are durable.
Reply reply_to(const judging::Judgement& judgement, const daemon::Snapshot& snapshot);

/// The reply to a message that is kept, and read later.
Reply reply_to_unread(const policy::config::Config& config);

/// The reply to a message that is not taken.
Reply refused_with(policy::rules::SmtpReply smtp);

/// The reply when this program itself failed: by `on_error`, the message goes on or comes again; it is never refused.
Reply reply_to_fault(const policy::config::Config& config);

}  // namespace milter::mta
