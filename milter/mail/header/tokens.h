#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/address.h"

namespace milter::mail {

/// A lexical token of RFC 5322 3.2. Comments and white space are gone, what quotes and escapes hide is plain.
struct Token {
    enum class Kind { atom, quoted, special } kind;
    std::string text;

    bool is(char special) const { return kind == Kind::special && text.front() == special; }
    bool is_word() const { return kind != Kind::special; }
};

/// The tokens of a structured header field's value, folds included. None: it is not RFC 5322 (an open quote or comment,
/// a control character).
std::optional<std::vector<Token>> tokens_of(std::string_view value);

/// addr-spec of RFC 5322 3.4.1 without domain literals.
std::optional<calendar::itip::Address> addr_spec(const Token* first, const Token* last);

/// The mailbox that an MTA finds in an envelope path (RFC 5321 4.1.2), however the client wrote it: quotes and
/// backslashes that were not needed, a route or a display name before it, comments, one dot behind the domain. None
/// when there is no domain, or what is left needs its quotes. What only the MTA can rewrite
/// (`bob%example.com@example.net`) stays as it is.
std::optional<calendar::itip::Address> mailbox_of_path(std::string_view path);

}  // namespace milter::mail
