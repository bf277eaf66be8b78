#include <doctest/doctest.h>

#include "milter/mail/header/from.h"
#include "milter/mail/header/header.h"
#include "tests/support/text.h"

using tests::repeated;

namespace {

struct Row {
    std::string what;
    std::string value;  ///< of the one From field
    std::string want;   ///< the address, or "! " and the error
};

std::string got(const std::string& header) {
    const auto from = milter::mail::Header::of(header).from();
    return from ? from->text() : "! " + from.error();
}

}  // namespace

TEST_CASE("the one mailbox of a From field") {
    const Row rows[] = {
        {"an address alone", " carol@example.org", "carol@example.org"},
        {"in angle brackets", " <carol@example.org>", "carol@example.org"},
        {"with a display name", " Carol Example <carol@example.org>", "carol@example.org"},
        {"a name with a dot, as people write it", " Carol E. Example <carol@example.org>", "carol@example.org"},
        {"a quoted name with everything that would mean something",
         R"( "Example, Carol <x@example.net>: ;" <carol@example.org>)", "carol@example.org"},
        {"a quoted name with an escaped quote", R"( "C \" <x@example.net>" <carol@example.org>)", "carol@example.org"},
        {"an encoded word", " =?utf-8?Q?Carol_=3Cx=40example=2Enet=3E?= <carol@example.org>", "carol@example.org"},
        {"a name in raw UTF-8", " Karol\xc3\xadna <carol@example.org>", "carol@example.org"},
        {"folded", " Carol\r\n Example\r\n\t<carol@example.org>", "carol@example.org"},
        {"a comment behind", " carol@example.org (Carol, <x@example.net>)", "carol@example.org"},
        {"comments everywhere", " (a)Carol(b (c) \\) d)<(e)carol(f)@(g)example.org(h)>(i)", "carol@example.org"},
        {"upper case", " <Carol@EXAMPLE.org>", "carol@example.org"},
        {"an internationalised domain",
         " <carol@b\xc3\xbc"
         "cher.example>",
         "carol@xn--bcher-kva.example"},
        {"a quoted local part that needs no quotes", " \"carol\"@example.org", "carol@example.org"},
        {"a quoted local part that needs its quotes", " \"Carol X\"@example.org", "\"carol x\"@example.org"},
        {"a quoted local part in brackets", " Carol <\"carol, x\"@example.org>", "\"carol, x\"@example.org"},

        // as programs write names without quotes
        {"the address as the name", " carol@example.org <carol@example.org>", "carol@example.org"},
        {"the address as the name, in another case", " Carol@Example.ORG <carol@example.org>", "carol@example.org"},
        {"the address in the name", " Carol (home) carol@example.org, <carol@example.org>", "carol@example.org"},
        {"a comma", " Example, Carol <carol@example.org>", "carol@example.org"},
        {"commas", " Example, Carol, Dr. <carol@example.org>", "carol@example.org"},
        {"brackets", " Carol [Example Ltd.] <carol@example.org>", "carol@example.org"},
        {"a bracket that is not closed", " Carol :] <carol@example.org>", "carol@example.org"},
        {"a parenthesis that closes nothing", " Carol :) <carol@example.org>", "carol@example.org"},
        {"a colon", " Example: Carol <carol@example.org>", "carol@example.org"},
        {"a semicolon", " Carol; Example Ltd. <carol@example.org>", "carol@example.org"},
        {"a quoted name and a comma", " \"Example\", Carol <carol@example.org>", "carol@example.org"},
        {"comments as deep as allowed", " " + repeated("(", 50) + repeated(")", 50) + " carol@example.org",
         "carol@example.org"},

        {"comments too deep", " " + repeated("(", 51) + repeated(")", 51) + " carol@example.org", "! not an address"},
        {"nothing", "", "! not an address"},
        {"white space", "  ", "! not an address"},
        {"empty brackets", " Carol <>", "! not an address"},
        {"two addresses", " carol@example.org, dave@example.org", "! several mailboxes"},
        {"two with names", " Carol <carol@example.org>, <dave@example.org>", "! several mailboxes"},
        {"two without a comma", " <carol@example.org> <dave@example.org>", "! not an address"},
        {"an address in front of the brackets", " dave@example.org <carol@example.org>", "! not an address"},
        {"an address of another provider in front of them", " other@evil.example <carol@example.org>",
         "! not an address"},
        {"an address and a comma in front of them", " evil@example.net, <carol@example.org>", "! several mailboxes"},
        {"an address, a comma and a name", " evil@example.net, Carol <carol@example.org>", "! several mailboxes"},
        {"an address, a semicolon and a name", " evil@example.net; Carol <carol@example.org>", "! not an address"},
        {"a name, a colon and another address", " Carol: evil@example.net <carol@example.org>", "! not an address"},
        {"an address that only begins alike", " carol@example.org.evil.example <carol@example.org>",
         "! not an address"},
        {"an address that only ends alike", " evil+carol@example.org <carol@example.org>", "! not an address"},
        {"the address and another one", " carol@example.org, evil@example.net <carol@example.org>",
         "! several mailboxes"},
        {"an address in quotes as an item of a list", " \"evil@example.net\", Carol <carol@example.org>",
         "! several mailboxes"},
        {"an at sign in the name", " Carol @ home <carol@example.org>", "! not an address"},
        {"an at sign before the name", " @evil <carol@example.org>", "! not an address"},
        {"a backslash in the name", " Carol \\<evil@example.net\\> <carol@example.org>", "! not an address"},
        {"a group with brackets", " Friends: Carol <carol@example.org>;", "! a group"},
        {"a group of two", " Friends: Dave <dave@example.org>, Carol <carol@example.org>;", "! several mailboxes"},
        {"a bracket that closes before one opens", " Carol > <carol@example.org>", "! not an address"},
        {"two in brackets, with names", " Carol <evil@example.net> Carol <carol@example.org>", "! not an address"},
        {"a comma behind the brackets", " Carol <carol@example.org>,", "! several mailboxes"},
        {"an address behind the brackets", " <carol@example.org> dave@example.org", "! not an address"},
        {"a group", " Friends: carol@example.org;", "! a group"},
        {"an empty group", " undisclosed-recipients:;", "! a group"},
        {"groups within groups", repeated("a:", 4000), "! a group"},
        {"a route", " <@example.net:carol@example.org>", "! not an address"},
        {"an address in an encoded word", " =?utf-8?Q?carol=40example=2Eorg?=", "! not an address"},
        {"an at sign in a quoted local part", " \"carol@example.org\"@example.net", "! not an address"},
        {"a quote in a quoted local part", " \"carol\\\"\"@example.org", "! not an address"},
        {"two at signs", " <carol@example.net@example.org>", "! not an address"},
        {"a domain literal", " carol@[192.0.2.1]", "! not an address"},
        {"an open quote", " \"Carol <carol@example.org>", "! not an address"},
        {"an open comment", " (Carol <carol@example.org>", "! not an address"},
        {"an open bracket", " Carol <carol@example.org", "! not an address"},
        {"a bracket too many", " Carol <<carol@example.org>>", "! not an address"},
        {"a NUL", std::string(" carol@example.org\0, dave@example.org", 37), "! not an address"},
        {"a NUL in the name", std::string(" \"Car\0ol\" <carol@example.org>", 29), "! not an address"},
        {"a bare CR", " carol@example.org\r", "! not an address"},
        {"longer than 8 KiB", " " + repeated("x", 8 * 1024) + " <carol@example.org>", "! too long"},
        {"almost 8 KiB", " " + repeated("x", 8 * 1024 - 21) + " <carol@example.org>", "carol@example.org"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto header = "Subject: x\r\nFrom:" + row.value + "\r\nTo: bob@example.com\r\n";
        CHECK_EQ(got(header), row.want);
    }
}

TEST_CASE("the one mailbox of a Sender field") {
    const auto sender = [](const std::string& bytes) {
        const auto mailbox = milter::mail::one_mailbox(milter::mail::Header::of(bytes).fields(), "Sender");
        return mailbox ? mailbox->text() : "! " + mailbox.error();
    };
    CHECK_EQ(sender("From: a@example.org\r\nSender: Carol <c@example.org>\r\n"), "c@example.org");
    CHECK_EQ(sender("From: a@example.org\r\n"), "! no Sender field");
    CHECK_EQ(sender("Sender: a@example.org\r\nsender: a@example.org\r\n"), "! 2 Sender fields");
}

TEST_CASE("exactly one From field") {
    CHECK_EQ(got("Subject: x\r\n"), "! no From field");
    CHECK_EQ(got(""), "! no From field");
    CHECK_EQ(got("From: a@example.org\r\nFrom: a@example.org\r\n"), "! 2 From fields");
    CHECK_EQ(got("FROM : a@example.org\r\nSubject: x\r\nfrom\t:b@example.org\r\n"), "! 2 From fields");
    CHECK_EQ(got("From: a@example.org\nX-From: b@example.org\nSubject: x\n From: c@example.org\n"), "a@example.org");
    CHECK_EQ(got("From x@example.net Sat Nov 21 10:00:00 2026\nFrom: a@example.org\n"), "a@example.org");
    CHECK_EQ(got("From: a@example.org\r\n\r\nFrom: b@example.org\r\n"), "a@example.org");
    CHECK_EQ(got("From: a@example.org\r\n" + repeated("X: y\r\n", 1999)), "a@example.org");
    CHECK_EQ(got(repeated("X: y\r\n", 2000) + "From: a@example.org\r\n"), "! too many header fields");
}
