#include <algorithm>
#include <string>
#include <vector>

#include "calendar/base/text.h"
#include "calendar/itip/read/address.h"
#include "policy/address_books/contacts.h"
#include "policy/address_books/vcard_emails.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace policy::address_books;
using calendar::itip::Address;

std::vector<std::string> emails_of(std::string_view vcards) {
    std::vector<std::string> emails;
    fuzz::must(collect_emails(vcards, emails), "an input holds fewer than a million addresses");
    return emails;
}

std::string with_crlf(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
        out += text[i];
    }
    return out;
}

/// As RFC 6350 3.4 escapes, in a group, and folded within the value.
std::string card(const std::string& email) {
    std::string value;
    for (const char c : email) {
        if (c == '\\' || c == ',' || c == ';') value += '\\';
        value += c;
    }
    return "BEGIN:VCARD\r\nVERSION:4.0\r\nitem1.email;TYPE=\"a:b\":" + value.insert(1, "\r\n ") + "\r\nEND:VCARD\r\n";
}

/// As version 2.1 encodes, every byte.
std::string old_card(const std::string& email) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string value;
    for (const char c : email) {
        const auto byte = static_cast<unsigned char>(c);
        if (value.size() % 75 == 72) value += "=\r\n";
        value += {'=', digits[byte >> 4], digits[byte & 15]};
    }
    return "BEGIN:VCARD\r\nVERSION:2.1\r\nEMAIL;INTERNET;ENCODING=QUOTED-PRINTABLE:" + value + "\r\nEND:VCARD\r\n";
}

}  // namespace

/// A text of vCards, of whoever fills the address book: the addresses in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto emails = emails_of(text);
    fuzz::must(emails.size() <= 1 + static_cast<std::size_t>(std::ranges::count(text, '\n')), "a line has one address");
    fuzz::must(emails_of(text) == emails, "a second reading finds the same");
    fuzz::must(emails_of(with_crlf(text)) == emails, "line ends make no difference");
    fuzz::must(emails_of("FN:Carol\r\n" + card("carol@example.org") + std::string(text)).front() == "carol@example.org",
               "what follows a card does not hide its address");

    std::string cards, old_cards;
    for (const std::string& email : emails) {
        const auto address = Address::parse(email);
        fuzz::must(address && address->text() == email, "an address is normalized");
        cards += card(email);
        old_cards += old_card(email);
    }
    fuzz::must(emails_of(cards) == emails, "what is written is read as it was");
    fuzz::must(emails_of(old_cards) == emails, "what is encoded is read as it was");

    const Contacts contacts(emails);
    fuzz::must(contacts.size() <= emails.size(), "contacts are bounded");
    for (const std::string& email : emails)
        fuzz::must(contacts.has(*Address::parse(email)), "who is in the cards is known");
    static const Address nobody = Address::parse("nobody@unheard.example").value();
    if (std::ranges::find(emails, nobody.text()) == emails.end())
        fuzz::must(!contacts.has(nobody), "who is not in the cards is not known");
    return 0;
}
