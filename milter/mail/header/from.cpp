#include "milter/mail/header/from.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "milter/mail/header/tokens.h"

namespace milter::mail {

namespace {

using calendar::itip::Address;
using Tokens = std::span<const Token>;

constexpr std::size_t longest_value = 8 * 1024;

tl::unexpected<std::string> refused(const char* why) {
    return tl::unexpected<std::string>(why);
}

bool has(Tokens tokens, char special) {
    return std::ranges::any_of(tokens, [special](const Token& token) { return token.is(special); });
}

std::optional<Address> address_of(Tokens tokens) {
    return addr_spec(tokens.data(), tokens.data() + tokens.size());
}

Header::From bare(Tokens tokens) {
    if (has(tokens, ':')) return refused("a group");
    if (has(tokens, ',')) return refused("several mailboxes");
    if (auto address = address_of(tokens)) return *std::move(address);
    return refused("not an address");
}

/// Whether every reader takes what stands in front of "<" for the name of this address: it shows no other one. A word
/// in quotes can hold anything, unless a comma or the like may make it an item of a list.
bool names(Tokens name, const Address& address) {
    if (has(name, '>') || has(name, '\\')) return false;
    const bool is_list = has(name, ',') || has(name, ';') || has(name, ':');
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto& token = name[i];
        if (is_list && token.kind == Token::Kind::quoted && token.text.find('@') != std::string::npos &&
            Address::parse(token.text) != address)
            return false;
        if (!token.is('@')) continue;
        if (i == 0 || i + 1 == name.size() || address_of(name.subspan(i - 1, 3)) != address) return false;
    }
    return true;
}

Header::From mailbox(Tokens tokens) {
    const auto opening = std::ranges::find_if(tokens, [](const Token& token) { return token.is('<'); });
    if (opening == tokens.end()) return bare(tokens);
    const auto name = tokens.first(static_cast<std::size_t>(opening - tokens.begin()));
    const auto closing = std::find_if(opening, tokens.end(), [](const Token& token) { return token.is('>'); });
    if (closing == tokens.end()) return refused("not an address");
    const Tokens rest(closing + 1, tokens.end());
    if (has(rest, ',')) return refused("several mailboxes");
    if (has(name, ':') && has(rest, ';')) return refused("a group");
    auto address = address_of({opening + 1, closing});
    if (!address || !rest.empty()) return refused("not an address");
    if (!names(name, *address)) return refused(has(name, ',') ? "several mailboxes" : "not an address");
    return *std::move(address);
}

}  // namespace

Header::From one_mailbox(std::span<const Field> fields, std::string_view name) {
    if (fields.size() > most_fields) return refused("too many header fields");
    std::string_view value;
    std::size_t count = 0;
    for (const auto& field : fields) {
        if (!field.is(name)) continue;
        value = field.value;
        ++count;
    }
    if (count == 0) return tl::unexpected(fmt::format("no {} field", name));
    if (count > 1) return tl::unexpected(fmt::format("{} {} fields", count, name));
    if (value.size() > longest_value) return refused("too long");
    const auto tokens = tokens_of(value);
    if (!tokens) return refused("not an address");
    return mailbox(*tokens);
}

}  // namespace milter::mail
