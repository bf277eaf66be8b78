#include "policy/address_books/vcard_emails.h"

#include <charconv>

#include "calendar/base/text.h"
#include "calendar/itip/read/address.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/text_value.h"

namespace policy::address_books {
namespace {

using calendar::base::same_word;
using calendar::itip::Address;
using calendar::itip::LineReader;
using calendar::itip::split_line;

constexpr std::size_t longest_property = 8 * 1024;  // bytes, unfolded

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
    for (LineReader lines(vcards); lines.next();) {
        const auto halves = split_line(lines.line());
        if (!halves.value) continue;
        const std::string head(halves.head);
        std::string value(*halves.value);
        const bool quoted_printable = is_quoted_printable(head);
        // Such a value goes on behind a '=' at the line's end; what looks like a property there is none.
        while (quoted_printable && value.ends_with('=')) {
            value.pop_back();
            if (lines.next()) value += lines.line();
        }
        if (!is_email(head) || head.size() + 1 + value.size() > longest_property) continue;
        const auto address =
            Address::parse(quoted_printable ? without_quoted_printable(value) : calendar::itip::unescaped(value));
        if (!address) continue;
        if (emails.size() == most_emails) return false;
        emails.push_back(address->text());
    }
    return true;
}

}  // namespace policy::address_books
