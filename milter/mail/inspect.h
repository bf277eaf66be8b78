#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "calendar/itip/read/message.h"
#include "milter/mail/mime/mime.h"
#include "policy/config/config.h"

namespace milter::mail {

/// One calendar part of a message, usable or not.
struct CalendarPart {
    std::string path;          ///< IMAP part number (RFC 9051 6.4.5), e.g. "1.3"
    std::string content_type;  ///< lower case
    std::optional<std::string> method_parameter, charset, filename, disposition;
    std::size_t bytes = 0;  ///< after the transfer encoding is undone, before the charset is converted
    std::optional<std::string> duplicate_of;  ///< path of the part that this one equals in meaning
    std::optional<calendar::itip::Refusal> error;
    std::vector<calendar::itip::ItipMessage> messages;  ///< one a UID; empty with error, and of a duplicate
};

/// What inspect() found.
struct Inspection {
    std::vector<CalendarPart> parts;  ///< in the order of the MIME tree
    /// The whole message is refused: bad_mime, too_deep, too_many_parts, parts_disagree, …
    std::optional<calendar::itip::Refusal> error;

    /// The part whose messages count; null when there is none or an error.
    const CalendarPart* usable() const noexcept;
};

/// The bounds of everything that inspect() does.
struct InspectLimits {
    MimeLimits mime;
    calendar::itip::CalendarLimits calendar;
    calendar::itip::HazardLimits hazards;
};
/// The one place where they are filled: from `limits:`, `hazards:` and `itip:`.
InspectLimits inspect_limits(const policy::config::Config& config);

/// From the bytes of a mail to its iTIP messages. Pure; sees a stranger's bytes, so the daemon calls it in a cell.
Inspection inspect(std::string_view message, const InspectLimits& limits);

/// For the border of a cell.
nlohmann::json to_json(const Inspection& inspection);
Inspection inspection_from(const nlohmann::json& json);
/// For people, what `imipctl extract --json` prints: each part with its objects, and beside them the `parties` of each
/// object, and the `hazards` of each message and what was `dropped` of it (null: nothing).
nlohmann::json extraction(const Inspection& inspection);

}  // namespace milter::mail
