#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "calendar/delivery/state/database.h"

/// The table of what several jobs need: the iTIP message that they have in common, and the mail whose signature could
/// not be verified yet. Each is there once, as long as a job names it: the jobs are the count of its references. Each
/// call is a part of a transaction.
namespace calendar::delivery {

struct KeptMessage {
    std::string id;    ///< a hash of the text
    std::string text;  ///< without NUL
};

/// What a job needs beside its row; empty: nothing.
struct KeptIds {
    std::string content, mail;
};

/// Does nothing when it is there.
void keep_message(Database& database, const KeptMessage& message);
std::optional<std::string> kept_message(Database& database, const std::string& id);
/// Forgets what no job needs any more.
void forget_unneeded(Database& database, const KeptIds& ids);
/// At most this many that no job needs any more.
std::vector<std::string> unneeded_messages(Database& database, std::size_t most);
/// What the job needs now; it may need it no longer after the transaction.
KeptIds kept_ids(Database& database, const std::string& job);

/// Whose content nobody has asked for yet.
enum class Kept { undecided, held };
/// Why an item is not kept.
std::string full_detail(Kept kind);
/// All that is kept for such jobs, in bytes, payloads included; with a domain, for those of its senders. Reads no
/// payload and no message.
std::size_t kept_bytes(Database& database, Kept kind, const std::optional<std::string>& domain = std::nullopt);

}  // namespace calendar::delivery
