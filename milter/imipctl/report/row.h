#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/imipctl/report/fate.h"

namespace milter::imipctl {

/// Method of a refused message that names none.
inline constexpr std::string_view unknown_method = "unknown";

/// What one configuration decided about one event for one user.
struct JudgedEvent {
    std::string user;  ///< name; the address when the user could not be looked up
    std::string uid, method;
    std::string summary;  ///< UTF-8
    Fate fate;
};

/// Whether the sender was proven, and by what or why not: a word or a phrase out of a small set.
struct SenderProof {
    bool proven = false;
    std::string how;
};

/// One message as one configuration judges it.
struct JudgedMail {
    Fate whole;                        ///< when nothing was decided: refused, not_ours or no_calendar
    std::string method;                ///< of a refused one, as its MIME header says; may be empty
    std::vector<JudgedEvent> decided;  ///< one a user and event
    std::optional<SenderProof> proof;  ///< of messages that concern a local user
};

/// Where a message is and who wrote it.
struct MailName {
    std::string place;  ///< in the archive
    std::string message_id, from;
};

/// One event of a message for one user under each configuration; `user` and `uid` are empty when it is a whole message.
struct Row {
    MailName mail;
    std::string user{}, uid{}, method{}, summary{};
    std::vector<Fate> fates{};  ///< as many as configurations

    bool changed() const noexcept;
};
/// Of one message; none when it concerns no local user under any configuration.
std::vector<Row> rows_of(const MailName& mail, const std::vector<JudgedMail>& judged);

}  // namespace milter::imipctl
