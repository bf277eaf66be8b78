#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace policy::rules {

/// What an SMTP client is answered, on one line (RFC 5321 4.2, RFC 3463 2).
struct SmtpReply {
    std::string code;    ///< "550"
    std::string status;  ///< "5.7.1"
    std::string text;

    static constexpr std::size_t longest = 200;  ///< bytes, all three together

    /// "550 5.7.1 text" in printable ASCII: code and status both of class 4 or both of class 5.
    static std::optional<SmtpReply> parse(std::string_view line);
    bool operator==(const SmtpReply&) const = default;
};

}  // namespace policy::rules
