#include "milter/mail/from.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "milter/mail/tokens.h"

namespace milter::mail {

namespace {

constexpr std::size_t longest_value = 8 * 1024;

Header::From mailbox(const std::vector<Token>& tokens) {
    const auto refused = [](const char* why) { return tl::unexpected<std::string>(why); };
    const auto special = [&](char c) { return [c](const Token& token) { return token.is(c); }; };
    const auto angle = std::find_if(tokens.begin(), tokens.end(), special('<'));
    // In front of "<" (or everywhere without one) a colon makes a group; behind it an obsolete route.
    if (std::any_of(tokens.begin(), angle, special(':'))) return refused("a group");
    const auto closed = std::find_if(angle, tokens.end(), special('>'));
    if (std::any_of(tokens.begin(), angle, special(',')) || std::any_of(closed, tokens.end(), special(','))) {
        return refused("several mailboxes");
    }
    const Token* first = tokens.data();
    const Token* last = first + tokens.size();
    if (angle != tokens.end()) {
        // A display name is words only; nothing stands behind ">".
        const bool name_is_words =
            std::all_of(tokens.begin(), angle, [](const Token& token) { return token.is_word(); });
        if (!name_is_words || closed == tokens.end() || closed + 1 != tokens.end()) return refused("not an address");
        first += angle - tokens.begin() + 1;
        last -= 1;
    }
    if (auto address = addr_spec(first, last)) return *std::move(address);
    return refused("not an address");
}

}  // namespace

Header::From from_mailbox(std::span<const Field> fields) {
    if (fields.size() > most_fields) return tl::unexpected<std::string>("too many header fields");
    std::string_view value;
    std::size_t count = 0;
    for (const auto& field : fields) {
        if (!field.is("from")) continue;
        value = field.value;
        ++count;
    }
    if (count == 0) return tl::unexpected<std::string>("no From field");
    if (count > 1) return tl::unexpected(fmt::format("{} From fields", count));
    if (value.size() > longest_value) return tl::unexpected<std::string>("too long");
    const auto tokens = tokens_of(value);
    if (!tokens) return tl::unexpected<std::string>("not an address");
    return mailbox(*tokens);
}

}  // namespace milter::mail
