#include <set>

#include <doctest/doctest.h>

#include "milter/imipctl/simulation/delivery_trace.h"

using namespace milter::imipctl;
using calendar::itip::Address;

namespace {

using Words = std::vector<std::string>;

Words recipients(const std::string& header) {
    const std::set<std::string> users{"bob@example.com", "alice@example.com", "bob+list@example.com"};
    const auto message = header + "\r\nTo: bob@example.com\r\n";
    return recipients_in(milter::mail::Header::of(message),
                         [&](const Address& address) { return users.contains(address.text()); });
}

std::string received(const std::string& message) {
    return std::string(as_received(milter::mail::Header::of(message), message));
}

}  // namespace

TEST_CASE("recipients are those of ours in the headers") {
    struct {
        const char* sentence;
        std::string header;
        Words want;
    } const cases[] = {
        {"To and Cc",
         "To: Bob <Bob@Example.com>, \"Eve, not ours\" <eve@example.net>\r\nCc: alice@example.com\r\n",
         {"bob@example.com", "alice@example.com"}},
        {"each once", "To: bob@example.com\r\nCc: <bob@example.com>\r\n", {"bob@example.com"}},
        {"Bcc and resent ones",
         "Bcc: bob@example.com\r\nResent-To: alice@example.com\r\nResent-Cc: bob@example.com\r\n",
         {"bob@example.com", "alice@example.com"}},
        {"a group, folded, with comments",
         "To: Team:\r\n bob@example.com (the builder),\r\n\t<alice@example.com>;\r\n",
         {"bob@example.com", "alice@example.com"}},
        {"a name in quotes is no address", "To: \"bob@example.com\" <eve@example.net>\r\n", {}},
        {"a comment is no address", "To: eve@example.net (bob@example.com)\r\n", {}},
        {"an open quote names nobody", "To: \"x, bob@example.com\r\nCc: alice@example.com\r\n", {"alice@example.com"}},
        {"nobody", "To: undisclosed-recipients:;\r\n", {}},
        {"delivered to counts before To",
         "Delivered-To: alice@example.com\r\nTo: bob@example.com\r\n",
         {"alice@example.com"}},
        {"the first that is ours",
         "Delivered-To: list@example.com\r\nDelivered-To: alice@example.com\r\nDelivered-To: bob@example.com\r\n",
         {"alice@example.com"}},
        {"then X-Original-To",
         "Envelope-To: bob@example.com\r\nX-Original-To: alice@example.com\r\nDelivered-To: x@example.com\r\n",
         {"alice@example.com"}},
        {"then Envelope-To, all of it",
         "X-Envelope-To: eve@example.com\r\nEnvelope-To: bob@example.com, alice@example.com\r\n",
         {"bob@example.com", "alice@example.com"}},
        {"an extension stays",
         "X-Envelope-To: bob+list@example.com\r\nTo: alice@example.com\r\n",
         {"bob+list@example.com"}},
        {"other fields name nobody", "From: bob@example.com\r\nReply-To: alice@example.com\r\n", {}},
    };
    for (const auto& one : cases) {
        CAPTURE(one.sentence);
        CHECK(recipients(one.header) == one.want);
    }
}

TEST_CASE("no more addresses are asked for than the limit, each once") {
    std::size_t asked = 0;
    std::string header = "To: a@example.com";
    for (std::size_t i = 1; i < 2 * most_addresses_asked; ++i)
        header += ",\r\n u" + std::to_string(i) + "@example.com, a@example.com";
    const auto found = recipients_in(milter::mail::Header::of(header), [&](const Address&) { return ++asked > 0; });
    CHECK(asked == most_addresses_asked);
    CHECK(found.size() == most_addresses_asked);
    CHECK(found.back() == "u" + std::to_string(most_addresses_asked - 1) + "@example.com");
}

TEST_CASE("a field of more than 64 KiB names nobody") {
    const auto with = [](std::size_t length) {
        const std::string address = "bob@example.com";
        return recipients("To:" + std::string(length - address.size(), ' ') + address + "\r\n");
    };
    CHECK(with(64 * 1024) == Words{"bob@example.com"});
    CHECK(with(64 * 1024 + 1) == Words{});
}

TEST_CASE("a milter sees a mail without what the delivery put on top") {
    const std::string traces =
        "Return-Path: <a@example.org>\r\nDelivered-To: bob@example.com\r\nReceived: from mx\r\n\tby imap\r\n";
    const std::string results = "Authentication-Results: mx.example.com; none\r\nFrom: a@example.org\r\n\r\nbody\r\n";
    CHECK(received(traces + results) == results);
    CHECK(received(traces + "Calendar-Processing: mx.example.com; outcome=queued\r\n" + results) == results);
    CHECK(received(results) == results);
    for (const auto& whole : {traces + "Subject: x\r\n" + results, traces + "From: a@example.org\r\n\r\n" + results}) {
        CAPTURE(whole);
        CHECK(received(whole) == whole);
    }
}
