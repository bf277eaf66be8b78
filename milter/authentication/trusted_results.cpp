#include "milter/authentication/trusted_results.h"

#include <algorithm>

#include "calendar/base/text.h"
#include "milter/authentication/alignment.h"
#include "milter/authentication/arc.h"

namespace milter::authentication {

namespace {

constexpr std::size_t longest_field = 16 * 1024;
constexpr std::size_t most_results = 50;

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
        skip();
        std::string text;
        if (rest_.starts_with('"')) text = quoted();
        if (text.empty() || rest_.starts_with('@'))
            text += run([](char c) { return c > ' ' && c < 127 && c != ';' && c != '(' && c != ')' && c != '"'; });
        return text;
    }
    /// Is a word next? Looks only.
    bool word_follows() {
        skip();
        return !rest_.empty() && calendar::base::letter_or_digit(rest_.front());
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
                if (text.empty()) failed_ = true;
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
            } else if (depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n') {
                break;
            }
        }
        if (depth > 0) failed_ = true;
        rest_.remove_prefix(failed_ ? rest_.size() : std::min(i, rest_.size()));
    }

    std::string_view rest_;
    bool failed_ = false;
};

/// `method[/version]=result [reason=value] *(ptype.property=value)`; none for "none".
std::optional<AuthenticationResults::MethodResult> read_result(Reader& reader) {
    AuthenticationResults::MethodResult result;
    result.method = reader.keyword();
    if (result.method == "none" && reader.at_end()) return std::nullopt;
    if (reader.take('/') && reader.keyword() != "1") reader.fail();
    reader.expect('=');
    result.result = reader.keyword();
    while (!reader.failed() && reader.word_follows()) {
        std::string name = reader.keyword();
        if (name == "reason" && result.reason.empty() && reader.take('=')) {
            result.reason = reader.value();
            continue;
        }
        reader.expect('.');
        std::string property = reader.keyword();
        reader.expect('=');
        result.properties.push_back({std::move(name), std::move(property), reader.value()});
        if (result.properties.size() > most_results) reader.fail();
    }
    return result;
}

/// The results of this method in the topmost trusted field that has any.
std::vector<AuthenticationResults::MethodResult> of_method(const std::vector<AuthenticationResults>& trusted,
                                                           std::string_view method) {
    for (const auto& field : trusted) {
        std::vector<AuthenticationResults::MethodResult> found;
        std::ranges::copy_if(field.results, std::back_inserter(found),
                             [&](const auto& result) { return result.method == method; });
        if (!found.empty()) return found;
    }
    return {};
}

std::string property_of(const AuthenticationResults::MethodResult& result, std::string_view name) {
    const auto found = std::ranges::find_if(
        result.properties, [&](const auto& property) { return property.type == "header" && property.name == name; });
    return found == result.properties.end() ? std::string() : calendar::base::lowered(found->value);
}

/// A domain, or the one behind the @.
std::string domain_in(const std::string& text) {
    return text.substr(text.rfind('@') + 1);
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

std::string proof_in(const std::vector<AuthenticationResults>& fields, const std::vector<std::string>& methods,
                     const calendar::itip::Address& from, policy::config::Alignment alignment) {
    const auto believed = [&](std::string_view method) { return std::ranges::find(methods, method) != methods.end(); };
    const std::string domain(from.domain());
    if (believed("dmarc"))
        for (const auto& result : of_method(fields, "dmarc"))
            if (result.result == "pass" && domain_in(property_of(result, "from")) == domain) return "dmarc";
    if (believed("dkim"))
        for (const auto& result : of_method(fields, "dkim")) {
            std::string signer = property_of(result, "d");
            if (signer.empty()) signer = domain_in(property_of(result, "i"));
            if (result.result == "pass" && !signer.empty() && aligned(signer, domain, alignment)) return "dkim";
        }
    return {};
}

std::string proven_by_results(const mail::Header& header, const calendar::itip::Address& from,
                              const policy::config::Authentication& config) {
    const auto& trust = config.trusted_results;
    if (trust.authserv_ids.empty()) return {};
    std::vector<AuthenticationResults> trusted;
    for (const mail::Field& field : header.fields()) {
        if (!field.is("Authentication-Results")) break;
        auto results = read_authentication_results(field.value);
        if (results && std::ranges::find(trust.authserv_ids, results->authserv_id) != trust.authserv_ids.end())
            trusted.push_back(std::move(*results));
    }
    auto proof = proof_in(trusted, trust.methods, from, config.alignment);
    if (!proof.empty() || std::ranges::find(trust.methods, "arc") == trust.methods.end()) return proof;
    const auto arc = of_method(trusted, "arc");
    const bool valid = !arc.empty() && std::ranges::all_of(arc, [](const auto& each) { return each.result == "pass"; });
    return valid && proven_by_arc(header, from, config) ? "arc" : "";
}

}  // namespace milter::authentication
