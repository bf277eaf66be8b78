#include "milter/authentication/authentication_results.h"

#include <algorithm>

#include "calendar/base/text.h"

namespace milter::authentication {

namespace {

constexpr std::size_t longest_field = 16 * 1024;
constexpr std::size_t most_results = 50;

bool is_blank(char c) noexcept {
    return calendar::base::white_space.find(c) != std::string_view::npos;
}

/// Reads tokens from left to right; once something is wrong, everything behind it is.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool failed() const noexcept { return failed_; }
    bool at_end() {
        skip();
        return rest_.empty() && !failed_;
    }
    /// Is this the next character? Then it is taken.
    bool take(char c) {
        skip();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) fail();
    }
    void fail() noexcept { failed_ = true; }
    /// Keyword (RFC 8601 2.2): letters, digits, hyphens, underscores; in lower case.
    std::string keyword() {
        return calendar::base::lowered(
            run([](char c) { return calendar::base::letter_or_digit(c) || c == '-' || c == '_'; }));
    }
    /// A token, an address, a domain, or a quoted string, with or without an @ behind it.
    std::string value() {
        const auto fits = [](char c) { return c > ' ' && c < 127 && c != ';' && c != '(' && c != ')' && c != '"'; };
        skip();
        if (!rest_.starts_with('"')) return run(fits);
        auto text = quoted();
        if (text.empty()) fail();
        if (rest_.starts_with('@')) text += run(fits);
        return text;
    }
    /// Is a word next? Looks only.
    bool word_follows() {
        skip();
        return !rest_.empty() && calendar::base::letter_or_digit(rest_.front());
    }
    /// What was read last ends here: white space, a comment, a semicolon or the end is next.
    bool word_ended() const {
        return rest_.empty() || is_blank(rest_.front()) || rest_.front() == '(' || rest_.front() == ';';
    }
    bool more_of_result() {
        skip();
        return !failed_ && !rest_.empty() && rest_.front() != ';';
    }
    /// Leaves out what is next up to where a word ends; what stands in quotes ends none.
    void skip_word() {
        do {
            if (rest_.starts_with('"'))
                quoted();
            else
                rest_.remove_prefix(1);
        } while (!failed_ && !word_ended());
    }

  private:
    template <class Fits>
    std::string run(Fits fits) {
        skip();
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), fits);
        std::string text(rest_.begin(), end);
        if (text.empty()) failed_ = true;
        rest_.remove_prefix(text.size());
        return text;
    }

    std::string quoted() {
        std::string text;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return text;
            }
            if (rest_[i] == '\\' && ++i == rest_.size()) break;
            text += rest_[i];
        }
        failed_ = true;
        return {};
    }

    /// White space, folds and comments (CFWS, RFC 5322 3.2.2).
    void skip() {
        std::size_t depth = 0;
        std::size_t i = 0;
        for (; i < rest_.size(); ++i) {
            const char c = rest_[i];
            if (depth > 0 && c == '\\') {
                ++i;
            } else if (c == '(') {
                ++depth;
            } else if (depth > 0 && c == ')') {
                --depth;
            } else if (depth == 0 && !is_blank(c)) {
                break;
            }
        }
        if (depth > 0) failed_ = true;
        rest_.remove_prefix(failed_ ? rest_.size() : std::min(i, rest_.size()));
    }

    std::string_view rest_;
    bool failed_ = false;
};

/// The names of `ptype.property=value`, up to the value.
AuthenticationResults::Property read_names(Reader& reader) {
    AuthenticationResults::Property property{.type = reader.keyword(), .name = {}, .value = {}};
    reader.expect('.');
    property.name = reader.keyword();
    reader.expect('=');
    return property;
}

/// What stands behind an equals sign; none where nothing does, where the next property begins behind a blank, or where
/// the value does not end as a word.
std::optional<std::string> read_value(Reader& reader) {
    Reader next = reader;
    read_names(next);
    if (reader.word_ended() && !next.failed()) return std::nullopt;
    auto value = reader.value();
    return reader.failed() || !reader.word_ended() ? std::nullopt : std::optional(std::move(value));
}

/// `ptype.property=value`; none, and nothing is read, where something else stands.
std::optional<AuthenticationResults::Property> read_property(Reader& reader) {
    Reader at = reader;
    auto property = read_names(at);
    auto value = read_value(at);
    if (!value) return std::nullopt;
    property.value = *std::move(value);
    reader = at;
    return property;
}

/// `reason=value`, likewise.
std::optional<std::string> read_reason(Reader& reader) {
    Reader at = reader;
    if (at.keyword() != "reason" || !at.take('=')) return std::nullopt;
    auto reason = read_value(at);
    if (reason) reader = at;
    return reason;
}

/// `method[/version]=result [reason=value] *(ptype.property=value)`; none for "none".
std::optional<AuthenticationResults::MethodResult> read_result(Reader& reader) {
    AuthenticationResults::MethodResult result;
    result.method = reader.keyword();
    if (result.method == "none" && reader.at_end()) return std::nullopt;
    if (reader.take('/') && reader.keyword() != "1") reader.fail();
    reader.expect('=');
    result.result = reader.keyword();
    if (!reader.word_ended()) reader.fail();
    while (reader.more_of_result()) {
        if (auto reason = read_reason(reader))
            result.reason = *std::move(reason);
        else if (auto property = read_property(reader))
            result.properties.push_back(*std::move(property));
        else
            reader.skip_word();
        if (result.properties.size() > most_results) reader.fail();
    }
    return result;
}

}  // namespace

std::optional<AuthenticationResults> read_authentication_results(std::string_view value) {
    if (value.size() > longest_field) return std::nullopt;
    Reader reader(value);
    AuthenticationResults all;
    all.authserv_id = calendar::base::lowered(reader.value());
    if (reader.word_follows() && reader.keyword() != "1") return std::nullopt;
    bool none = false;
    while (!reader.failed() && reader.take(';')) {
        if (reader.at_end()) break;  // a last semicolon is often seen
        auto result = read_result(reader);
        none = none || !result;
        if (result) all.results.push_back(std::move(*result));
        if (all.results.size() > most_results) return std::nullopt;
    }
    if (!reader.at_end() || (none ? !all.results.empty() : all.results.empty())) return std::nullopt;
    return all;
}

std::string authserv_id_of(std::string_view value) {
    Reader reader(value.substr(0, longest_field));
    auto id = calendar::base::lowered(reader.value());
    return reader.failed() ? std::string() : id;
}

}  // namespace milter::authentication
