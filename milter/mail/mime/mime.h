#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/text/reason.h"

namespace milter::mail {

/// Bounds on the structure of a message; counts unless a unit is named.
struct MimeLimits {
    std::size_t calendar_parts = 10;
    std::size_t depth = 20;                                   ///< of multiparts around a part
    std::size_t parts = 500;                                  ///< leaves and multiparts
    std::size_t bytes = 1024 * 1024;                          ///< of one calendar part, its transfer encoding undone
    static constexpr std::size_t header_field = 128 * 1024;   ///< bytes; Postfix cuts at 100 KiB
    static constexpr std::size_t header_block = 1024 * 1024;  ///< bytes
    static constexpr std::size_t header_lines = 100'000;      ///< in all parts together
};

/// A leaf of the MIME tree that is declared to be a calendar (or is an application/* file named *.ics), decoded.
struct MimePart {
    std::string path;                                      ///< IMAP part number (RFC 9051 6.4.5)
    std::string content_type;                              ///< lower case
    std::optional<std::string> method_parameter, charset;  ///< without comments; none when empty
    std::optional<std::string> filename, disposition;
    bool in_alternative = false;  ///< directly within a multipart/alternative
    std::size_t bytes = 0;        ///< after the transfer encoding is undone, before the charset is converted
    std::string text;             ///< in UTF-8 (or so declared); empty with error
    bool names_method = false;    ///< to some reader, whether or not it can be read here; see MethodSearch
    /// too_large, bad_encoding (unknown transfer encoding or charset, not valid in it), bad_mime (fields that
    /// contradict each other)
    std::optional<calendar::itip::Refusal> error;
};

/// The calendar parts of a message in the order of its tree; never within message/*, never an address read, nothing
/// written. Errors: bad_mime, too_deep, too_many_parts. Thread-safe. Sees a stranger's bytes. Source: RFC 6047 2.4, RFC
/// 2045, RFC 2231.
calendar::itip::Expected<std::vector<MimePart>> calendar_parts(std::string_view message, const MimeLimits& limits);

/// The text of a Date field (RFC 5322 3.3) in seconds since 1970; null when it is not a date of the years 1970 to 9999.
std::optional<std::int64_t> date_of(std::string_view text);

/// What GMime needs once in a process; calendar_parts() does it when it was not done before. Call it before a sandbox.
void prepare_mime();

}  // namespace milter::mail
