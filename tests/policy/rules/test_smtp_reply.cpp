#include <string>

#include <doctest/doctest.h>

#include "policy/rules/policy.h"

using policy::rules::SmtpReply;

TEST_CASE("an SMTP reply is taken apart") {
    CHECK(SmtpReply::parse("550 5.7.1 Not wanted here") == SmtpReply{"550", "5.7.1", "Not wanted here"});
    CHECK(SmtpReply::parse("451 4.7.100 later") == SmtpReply{"451", "4.7.100", "later"});
    CHECK(SmtpReply::parse("550 5.7.1 " + std::string(SmtpReply::longest - 10, 'x')));
}

TEST_CASE("what is no SMTP reply of one line is none") {
    const std::pair<const char*, std::string> rows[] = {
        {"nothing", ""},
        {"success", "250 2.0.0 thanks"},
        {"codes of two classes", "550 4.7.1 no"},
        {"no status", "550 not wanted"},
        {"half a status", "550 5.7 no"},
        {"too much of a status", "550 5.7.1.1 no"},
        {"an empty number", "550 5..1 no"},
        {"too many digits in a status", "550 5.7.1000 no"},
        {"too many digits in a class", "550 55.7.1 no"},
        {"too many digits in a code", "5500 5.7.1 no"},
        {"no digits in a code", "5xx 5.7.1 no"},
        {"no text", "550 5.7.1"},
        {"an empty text", "550 5.7.1 "},
        {"two blanks", "550 5.7.1  no"},
        {"a line end", "550 5.7.1 no\r\n250 ok"},
        {"not ASCII", "550 5.7.1 für niemand"},
        {"too long", "550 5.7.1 " + std::string(SmtpReply::longest - 9, 'x')},
    };
    for (const auto& [sentence, line] : rows) {
        INFO(sentence);
        CHECK_FALSE(SmtpReply::parse(line));
    }
}

TEST_CASE("a rule without a reply has one that can be sent") {
    const SmtpReply reply = policy::rules::Action{}.reply;
    CHECK(SmtpReply::parse(reply.code + " " + reply.status + " " + reply.text) == reply);
}
