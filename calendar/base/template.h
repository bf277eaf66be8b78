#pragma once

#include <map>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

/// Configured texts with placeholders such as {user}. A value that was filled in is not looked at again.
namespace calendar::base {

/// Whose calendar: what `{user} {local} {domain} {address}` in a configured text stand for. Comes from the users:
/// section and from the envelope, so it is a stranger's text where `{local}` and `{address}` are concerned.
struct Owner {
    std::string user;
    std::string address;  ///< normalized; local and domain are its halves
};

/// Values by the names of their placeholders, without braces.
using Values = std::map<std::string_view, std::string>;

/// user, local, domain and address.
Values values_of(const Owner& owner);

/// Every placeholder that has a value replaced by it; other text in braces stays.
std::string fill(std::string_view pattern, const Values& values);

/// Everything but the unreserved characters of RFC 3986 2.3 as %XX.
std::string percent_encode(std::string_view text);
/// The bytes that %XX stand for (RFC 3986 2.1). What is not an escape stays as it is.
std::string percent_decoded(std::string_view text);

/// Every placeholder percent-encoded, the rest as it is.
std::string expand_url(std::string_view pattern, const Owner& owner);
/// As plain text: names and addresses, never a path, URL or shell word.
std::string expand_text(std::string_view pattern, const Owner& owner);
/// For file paths. Error (a sentence): a filled-in value contains '/', NUL or control characters, is empty, or is "."
/// or "..".
tl::expected<std::string, std::string> expand_path(std::string_view pattern, const Owner& owner);

}  // namespace calendar::base
