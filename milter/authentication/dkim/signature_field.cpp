#include "milter/authentication/dkim/signature_field.h"

#include <algorithm>
#include <set>

#include "calendar/base/text.h"

namespace milter::authentication {

namespace {

using calendar::base::for_each_piece;

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

/// Without the white space that may stand anywhere in a tag's value, and harmless in a log or JSON.
std::string plain(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (result.size() == longest_name) break;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        result += c > ' ' && c < 127 ? c : '?';
    }
    return result;
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= longest_label && calendar::base::letters_digits_or(label, "-_");
}

}  // namespace

Signature claimed(std::string_view value) {
    Signature signature;
    for_each_piece(value, ';', [&](std::string_view tag) {
        const auto equals = tag.find('=');
        if (equals == std::string_view::npos) return;
        const auto name = plain(tag.substr(0, equals));
        if (calendar::base::same_word(name, "d"))
            signature.domain = calendar::base::lowered(plain(tag.substr(equals + 1)));
        if (calendar::base::same_word(name, "s")) signature.selector = plain(tag.substr(equals + 1));
        if (calendar::base::same_word(name, "a"))
            signature.algorithm = calendar::base::lowered(plain(tag.substr(equals + 1)));
    });
    return signature;
}

bool repeats_a_tag(std::string_view value) {
    std::set<std::string> names;
    bool repeated = false;
    for_each_piece(value, ';', [&](std::string_view tag) {
        const auto name = calendar::base::lowered(plain(tag.substr(0, tag.find('='))));
        repeated = repeated || (!name.empty() && !names.insert(name).second);
    });
    return repeated;
}

std::string_view too_complex(std::string_view value) {
    std::size_t tags = 0, names = 0;
    for_each_piece(value, ';', [&](std::string_view tag) {
        ++tags;
        const auto equals = std::min(tag.find('='), tag.size());
        if (calendar::base::same_word(plain(tag.substr(0, equals)), "h"))
            names += 1 + static_cast<std::size_t>(std::ranges::count(tag.substr(equals), ':'));
    });
    if (tags > most_tags) return "the signature has too many tags";
    if (names > most_signed_fields) return "h= names too many header fields";
    return {};
}

std::optional<std::string> key_name(std::string_view selector, std::string_view domain) {
    constexpr std::string_view middle = "._domainkey.";
    if (selector.size() + middle.size() + domain.size() > longest_name) return std::nullopt;
    auto name = calendar::base::lowered(std::string(selector).append(middle).append(domain));
    bool good = true;
    for_each_piece(name, '.', [&](std::string_view label) { good = good && is_label(label); });
    if (!good) return std::nullopt;
    return name;
}

std::size_t times_named(std::string_view signed_fields, std::string_view name) {
    std::size_t times = 0;
    for_each_piece(signed_fields, ':',
                   [&](std::string_view piece) { times += calendar::base::same_word(plain(piece), name) ? 1 : 0; });
    return times;
}

std::vector<std::size_t> chosen(const std::vector<Signature>& signatures, std::size_t limit) {
    std::vector<std::size_t> indices;
    for (const bool wanted : {true, false}) {
        for (std::size_t i = 0; i < signatures.size() && indices.size() < limit; ++i) {
            if (signatures[i].aligned == wanted) indices.push_back(i);
        }
    }
    std::sort(indices.begin(), indices.end());
    return indices;
}

}  // namespace milter::authentication
