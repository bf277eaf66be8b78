#include "policy/address_books/vcard_emails.h"

#include <charconv>

#include "calendar/base/text.h"
#include "calendar/itip/read/address.h"

namespace policy::address_books {
namespace {

using calendar::base::same_word;
using calendar::itip::Address;

constexpr std::size_t longest_property = 8 * 1024;  // bytes, unfolded

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// What stands in front of the value: group, name and parameters. Empty when there is no value.
std::string_view head_of(std::string_view property) {
    bool quoted = false;
    for (std::size_t i = 0; i < property.size(); ++i) {
        if (property[i] == '"') quoted = !quoted;
        if (property[i] == ':' && !quoted) return property.substr(0, i);
    }
    return {};
}

bool is_email(std::string_view head) {
    auto name = head.substr(0, head.find(';'));
    if (const auto dot = name.find('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
    return same_word(name, "EMAIL");
}

/// Version 2.1 only, which also allows the encoding without `ENCODING=`.
bool is_quoted_printable(std::string_view head) {
    bool found = false;
    calendar::base::for_each_piece(head, ';', [&found](std::string_view parameter) {
        found = found || same_word(parameter, "ENCODING=QUOTED-PRINTABLE") || same_word(parameter, "QUOTED-PRINTABLE");
    });
    return found;
}

/// The next property with its folded lines joined (RFC 6350 3.2), cut when it is longer than `longest_property`.
std::string take_property(std::string_view& text) {
    auto line = take_line(text);
    std::string property;
    const auto append = [&property](std::string_view part) {
        property += part.substr(0, longest_property + 1 - property.size());
    };
    // A quoted-printable value goes on behind a '=' at the line's end; what looks like a property there is none.
    const bool quoted_printable = is_quoted_printable(head_of(line));
    while (true) {
        const bool soft_break = quoted_printable && line.ends_with('=');
        if (soft_break) line.remove_suffix(1);
        append(line);
        const bool folded = text.starts_with(' ') || text.starts_with('\t');
        if (text.empty() || (!soft_break && !folded)) return property;
        line = take_line(text);
        if (!soft_break) line.remove_prefix(1);
    }
}

/// RFC 6350 3.4
std::string without_escapes(std::string_view value) {
    std::string plain;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool escaped = value[i] == '\\' && i + 1 < value.size();
        if (escaped) ++i;
        plain += escaped && (value[i] == 'n' || value[i] == 'N') ? '\n' : value[i];
    }
    return plain;
}

/// RFC 2045 6.7
std::string without_quoted_printable(std::string_view value) {
    std::string plain;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto digits = value.substr(i + 1, 2);
        unsigned char byte = 0;
        const bool encoded = value[i] == '=' && digits.size() == 2 &&
                             std::from_chars(digits.begin(), digits.end(), byte, 16).ptr == digits.end();
        plain += encoded ? static_cast<char>(byte) : value[i];
        if (encoded) i += 2;
    }
    return plain;
}

}  // namespace

bool collect_emails(std::string_view vcards, std::vector<std::string>& emails) {
    while (!vcards.empty()) {
        const std::string property = take_property(vcards);
        if (property.size() > longest_property) continue;
        const auto head = head_of(property);
        if (!is_email(head)) continue;
        const auto value = std::string_view(property).substr(head.size() + 1);
        const auto address =
            Address::parse(is_quoted_printable(head) ? without_quoted_printable(value) : without_escapes(value));
        if (!address) continue;
        if (emails.size() == most_emails) return false;
        emails.push_back(address->text());
    }
    return true;
}

}  // namespace policy::address_books
