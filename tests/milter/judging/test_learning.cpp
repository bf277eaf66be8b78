#include <doctest/doctest.h>

#include "milter/judging/learning.h"
#include "tests/milter/judging/world.h"

using calendar::itip::Address;
using tests::event_mail;
using tests::World;

TEST_CASE("nobody is known by what a program sent him, or by being refused") {
    const auto reply = [](const std::string& partstat) {
        return event_mail("REPLY", "bob@example.com", "ORGANIZER:mailto:carol@example.org",
                          {"ATTENDEE;PARTSTAT=" + partstat + ":mailto:bob@example.com"});
    };
    const auto plain = [](const std::string& field) {
        return "From: bob@example.com\r\n" + field + "Subject: x\r\n\r\ntext\r\n";
    };
    struct Row {
        std::string sentence, from, mail;
        bool want;
    };
    const std::string bob = "bob@example.com";
    const Row rows[] = {
        {"a mail of a person", bob, plain(""), true},
        {"who says so", bob, plain("auto-submitted: No; x\r\n"), true},
        {"no sender to answer", "", plain(""), false},
        {"an absence notice", bob, plain("Auto-Submitted: auto-replied\r\n"), false},
        {"with a comment", bob, plain("Auto-Submitted: auto-replied (vacation)\r\n"), false},
        {"a receipt", bob, plain("Content-Type: Multipart/Report; report-type=x;\r\n boundary=b\r\n"), false},
        {"another multipart", bob, plain("Content-Type: multipart/related; boundary=b\r\n"), true},
        {"an invitation of his", bob,
         event_mail("REQUEST", bob, "ORGANIZER:mailto:bob@example.com", {"ATTENDEE:mailto:carol@example.org"}), true},
        {"he accepts", bob, reply("ACCEPTED"), true},
        {"he declines", bob, reply("DECLINED"), false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        const World world(
            "policy: [{name: look, if: {method: REQUEST}, then: hold}]\notherwise: ignore\nlearn: {invitations: true, "
            "recipients: true}\n");
        milter::mail::Envelope envelope;
        envelope.auth_login = "bob";
        envelope.from = row.from;
        envelope.recipients = {"carol@example.org"};
        const auto lesson = world.observe(row.mail, envelope);
        REQUIRE(lesson);
        CHECK((lesson->correspondents == std::vector{*Address::parse("carol@example.org")}) == row.want);
        CHECK(lesson->correspondents.empty() != row.want);
    }
}
