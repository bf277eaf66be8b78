#include "milter/authentication/from.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "milter/authentication/fields.h"

namespace milter::authentication {

namespace {

constexpr std::size_t longest_value = 8 * 1024;
constexpr int deepest_comment = 50;

/// A lexical token of RFC 5322 3.2. Comments and white space are gone, what quotes and escapes hide is plain.
struct Token {
    enum class Kind { atom, quoted, special } kind;
    std::string text;

    bool is(char special) const { return kind == Kind::special && text.front() == special; }
    bool is_word() const { return kind != Kind::special; }
};

constexpr std::string_view specials = "<>@,:;[]\\\")";

bool control(char c) noexcept {
    return (c >= 0 && c < ' ') || c == 127;
}
bool space(char c) noexcept {
    return c == ' ' || c == '\t';
}

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    /// None: it is not RFC 5322 (an open quote or comment, a control character).
    std::optional<std::vector<Token>> tokens() {
        std::vector<Token> found;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (space(c) || fold()) {
                ++at_;
            } else if (c == '(') {
                if (!skip_comment()) return std::nullopt;
            } else if (c == '"') {
                auto quoted = quoted_string();
                if (!quoted) return std::nullopt;
                found.push_back({Token::Kind::quoted, std::move(*quoted)});
            } else if (control(c)) {
                return std::nullopt;
            } else if (specials.find(c) != std::string_view::npos) {
                found.push_back({Token::Kind::special, std::string(1, c)});
                ++at_;
            } else {
                found.push_back({Token::Kind::atom, atom()});
            }
        }
        return found;
    }

  private:
    /// At the line end of a fold, which is always followed by white space; leaves `at_` on its last character.
    bool fold() {
        const auto rest = text_.substr(at_);
        const std::size_t length = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
        if (length == 0 || (rest.size() > length && !space(rest[length]))) return false;
        at_ += length - 1;
        return true;
    }

    bool skip_comment() {
        int depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\\') {
                ++at_;
            } else if (c == '(') {
                if (++depth > deepest_comment) return false;
            } else if (c == ')') {
                if (--depth == 0) {
                    ++at_;
                    return true;
                }
            } else if (!space(c) && !fold() && control(c)) {
                return false;
            }
        }
        return false;
    }

    std::optional<std::string> quoted_string() {
        std::string content;
        for (++at_; at_ < text_.size(); ++at_) {
            char c = text_[at_];
            if (c == '"') {
                ++at_;
                return content;
            }
            if (fold()) continue;
            if (c == '\\') {
                if (++at_ == text_.size()) return std::nullopt;
                c = text_[at_];
            }
            if (control(c) && c != '\t') return std::nullopt;
            content += c;
        }
        return std::nullopt;
    }

    std::string atom() {
        const auto start = at_;
        while (at_ < text_.size() && !control(text_[at_]) && text_[at_] != ' ' && text_[at_] != '(' &&
               specials.find(text_[at_]) == std::string_view::npos) {
            ++at_;
        }
        return std::string(text_.substr(start, at_ - start));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// addr-spec of RFC 5322 3.4.1 without domain literals. A quoted local part counts only when the quotes were not
/// needed: what needs them is no party of a calendar.
std::optional<calendar::itip::Address> addr_spec(const Token* first, const Token* last) {
    if (last - first != 3 || !first[0].is_word() || !first[1].is('@') || first[2].kind != Token::Kind::atom)
        return std::nullopt;
    const auto& local = first[0].text;
    if (local.empty() || local.find_first_of(" (\t<>@,:;[]\\\")") != std::string::npos) return std::nullopt;
    return calendar::itip::Address::parse(local + '@' + first[2].text);
}

tl::expected<calendar::itip::Address, std::string> mailbox(const std::vector<Token>& tokens) {
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

tl::expected<calendar::itip::Address, std::string> from_mailbox(std::string_view header) {
    const auto all = fields(header);
    if (all.size() > most_fields) return tl::unexpected<std::string>("too many header fields");
    std::string_view value;
    std::size_t count = 0;
    for (const auto& field : all) {
        if (!same(field.name, "from")) continue;
        value = field.value;
        ++count;
    }
    if (count == 0) return tl::unexpected<std::string>("no From field");
    if (count > 1) return tl::unexpected(fmt::format("{} From fields", count));
    if (value.size() > longest_value) return tl::unexpected<std::string>("too long");
    const auto tokens = Lexer(value).tokens();
    if (!tokens) return tl::unexpected<std::string>("not an address");
    return mailbox(*tokens);
}

}  // namespace milter::authentication
