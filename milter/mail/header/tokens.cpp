#include "milter/mail/header/tokens.h"

#include <algorithm>

namespace milter::mail {

namespace {

constexpr int deepest_comment = 50;

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

using Place = std::vector<Token>::const_iterator;

/// Words in a row as one; backslashes between them hid nothing. None when something else stands there.
std::optional<std::string> joined(Place first, Place last) {
    std::string text;
    for (; first != last; ++first) {
        if (first->is('\\')) continue;
        if (!first->is_word()) return std::nullopt;
        text += first->text;
    }
    return text;
}

}  // namespace

std::optional<std::vector<Token>> tokens_of(std::string_view value) {
    return Lexer(value).tokens();
}

std::optional<calendar::itip::Address> addr_spec(const Token* first, const Token* last) {
    if (last - first != 3 || !first[0].is_word() || !first[1].is('@') || first[2].kind != Token::Kind::atom)
        return std::nullopt;
    const auto quote = first[0].kind == Token::Kind::quoted ? "\"" : "";
    return calendar::itip::Address::parse(quote + first[0].text + quote + '@' + first[2].text);
}

std::optional<calendar::itip::Address> mailbox_of_path(std::string_view path) {
    const auto tokens = tokens_of(path);
    if (!tokens) return std::nullopt;
    auto first = tokens->begin();
    for (auto token = first; token != tokens->end(); ++token)
        if (token->is('<') || token->is(':')) first = token + 1;
    const auto last = std::find_if(first, tokens->end(), [](const Token& token) { return token.is('>'); });
    const auto at = std::find_if(first, last, [](const Token& token) { return token.is('@'); });
    if (at == last) return std::nullopt;
    auto local = joined(first, at);
    auto domain = joined(at + 1, last);
    if (!local || !domain) return std::nullopt;
    if (domain->ends_with('.')) domain->pop_back();
    const Token parts[] = {{Token::Kind::quoted, *std::move(local)}, *at, {Token::Kind::atom, *std::move(domain)}};
    auto mailbox = addr_spec(std::begin(parts), std::end(parts));
    return mailbox && !mailbox->local().starts_with('"') ? mailbox : std::nullopt;
}

}  // namespace milter::mail
