#include <string>
#include <tuple>

#include <doctest/doctest.h>

#include "milter/mail/header/tokens.h"

TEST_CASE("the mailbox that an MTA finds in an envelope path") {
    const std::tuple<std::string, std::string, std::string> rows[] = {
        {"as it should be", "bob@example.com", "bob@example.com"},
        {"in angle brackets", "<Bob@Example.COM>", "bob@example.com"},
        {"quotes that were not needed", "\"bob\"@example.com", "bob@example.com"},
        {"and backslashes", "\"b\\ob\"@example.com", "bob@example.com"},
        {"backslashes without quotes", "\\b\\ob@example.com", "bob@example.com"},
        {"quotes around a part", "\"bob\".smith@example.com", "bob.smith@example.com"},
        {"a source route", "@a.example,@b.example:bob@example.com", "bob@example.com"},
        {"a source route in brackets, and quotes", "<@a.example:\"bob\"@example.com>", "bob@example.com"},
        {"a dot behind the domain", "bob@example.com.", "bob@example.com"},
        {"two dots", "bob@example.com..", "none"},
        {"comments", "bob(x)@(y)example.com", "bob@example.com"},
        {"a display name", "Bob<bob@example.com>", "bob@example.com"},
        {"a URL", "mailto:bob@example.com", "bob@example.com"},
        {"an extension", "bob+list@example.com", "bob+list@example.com"},
        {"letters of any language",
         "b\xc3\xb6"
         "b@example.com",
         "b\xc3\xb6"
         "b@example.com"},
        {"quotes that are needed", "\"bob bob\"@example.com", "none"},
        {"an @ in quotes", "\"bob@example.com\"@example.net", "none"},
        {"two @", "bob@example.com@example.net", "none"},
        {"no domain", "bob", "none"},
        {"nothing", "", "none"},
        {"nothing in brackets", "<>", "none"},
        {"a domain literal", "bob@[192.0.2.7]", "none"},
        {"an open quote", "\"bob@example.com", "none"},
        {"a backslash at the end", "bob@example.com\\", "bob@example.com"},
        {"a control character", "bob@example.com\x01", "none"},
        {"what only the MTA can rewrite", "bob%example.com@example.net", "bob%example.com@example.net"},
    };
    for (const auto& [sentence, path, want] : rows) {
        CAPTURE(sentence);
        const auto got = milter::mail::mailbox_of_path(path);
        CHECK((got ? got->text() : "none") == want);
    }
}
