#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

/// A key pair, made when asked for.
struct DkimKey {
    enum class Kind { rsa, ed25519 } kind = Kind::rsa;
    std::string private_key;  ///< PEM
    std::string public_key;   ///< base64, as p= holds it

    /// The TXT record, e.g. `v=DKIM1; k=rsa; t=y; p=…`; `flags` is the value of t=, none when empty.
    std::string record(std::string_view flags = "") const;
};
/// Throws when OpenSSL makes no key of that size.
DkimKey rsa_key(unsigned bits = 2048);
DkimKey ed25519_key();

struct DkimSigning {
    std::string domain = "example.org";
    std::string selector = "s1";
    std::string identity{};             ///< i=; none when empty
    bool relaxed = true;                ///< canonicalization of header and body; or simple
    bool sha1 = false;                  ///< rsa-sha1
    std::vector<std::string> fields{};  ///< header fields that are signed; none named: all that libopendkim would sign
    bool from_too = true;               ///< From is signed even when `fields` lacks it
    std::optional<std::int64_t> length{};  ///< l=, in bytes of the canonical body
    std::uint64_t made_at = 0;             ///< t=, seconds since 1970; 0: now
    std::uint64_t lasts = 0;               ///< x= less t=, in seconds; 0: for ever
};

/// As it is by default, with this key of that domain.
inline DkimSigning by(std::string selector, std::string domain = "example.org") {
    DkimSigning signing;
    signing.selector = std::move(selector);
    signing.domain = std::move(domain);
    return signing;
}

/// A time for `made_at`.
inline std::uint64_t ago(std::int64_t seconds) {
    return static_cast<std::uint64_t>(std::time(nullptr) - seconds);
}

/// `mail` (CRLF) with a DKIM-Signature field on top, made by libopendkim. Throws when libopendkim does not sign it.
std::string signed_mail(std::string_view mail, const DkimKey& key, const DkimSigning& signing = {});

}  // namespace tests
