#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/authentication/authentication.h"

namespace milter::authentication {

/// What a DKIM-Signature field says of itself (RFC 6376 3.5), nothing of it proven: d=, s= and a= in printable ASCII,
/// d= in lower case, each cut at 253 bytes. The last of several equal tags counts, as for libopendkim.
Signature claimed(std::string_view value);

/// Is there a duplicate tag? Then the whole list is invalid (RFC 6376 3.2): its readers may take different ones.
bool repeats_a_tag(std::string_view value);

/// More than any signer writes: RFC 6376 knows 14 tags, and messages have fewer fields.
constexpr std::size_t most_tags = 30;
constexpr std::size_t most_signed_fields = 200;  ///< names in h=

/// Why libopendkim, whose time grows with the square of the tags and with names times fields, must not see the
/// signature; empty: it may.
std::string_view too_complex(std::string_view value);

/// Where the key of a signature is: SELECTOR._domainkey.DOMAIN. None when that is not a DNS name (RFC 1035 2.3.4:
/// labels of 1 to 63 bytes, 253 bytes in all; letters, digits, hyphen, underscore), which a stranger's selector need
/// not be.
std::optional<std::string> key_name(std::string_view selector, std::string_view domain);

/// How often h= names a header field (RFC 6376 3.5); `name` in lower case.
std::size_t times_named(std::string_view signed_fields, std::string_view name);

/// Indices of the at most `limit` signatures that are worth looking at, ascending: aligned ones before others, upper
/// before lower.
std::vector<std::size_t> chosen(const std::vector<Signature>& signatures, std::size_t limit);

}  // namespace milter::authentication
