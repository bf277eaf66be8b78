#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/milter/mta/session_setting.h"

using milter::mta::Session;
using tests::SessionSetting;

TEST_CASE("a mail that cannot hold a calendar is done at the end of its header") {
    SessionSetting f;
    f.session.mail_from("<carol@example.org>");
    f.session.recipient("<bob@example.com>");
    f.session.header("Content-Type", " text/plain");
    CHECK(f.session.end_of_header("") == Session::Next::done);
    CHECK(f.seen.times == 0);
}

TEST_CASE("any of several Content-Type fields is enough, since parsers differ on which one counts") {
    for (const auto& [first, second] :
         {std::pair{" text/plain", " multipart/mixed"}, std::pair{" multipart/mixed", " text/plain"}}) {
        CAPTURE(first);
        SessionSetting f;
        f.session.mail_from("<>");
        f.session.header("Content-Type", first);
        f.session.header("content-type", second);
        CHECK(f.session.end_of_header("") == Session::Next::body);
    }
}

TEST_CASE("with a forged field it goes on to its end, without its body, only to remove that") {
    SessionSetting f;
    f.session.mail_from("<>");
    f.session.header("calendar-processing", " x; outcome=added");
    f.session.header("Content-Type", " text/plain");
    CHECK(f.session.end_of_header("") == Session::Next::close);
    f.session.body("text");
    CHECK(f.session.end_of_message("Q1", "").field.empty());
    CHECK(f.session.forged() == 1);
    CHECK(f.seen.times == 0);
}

TEST_CASE("Authentication-Results are whoever's they are: none is removed") {
    SessionSetting f;
    f.session.mail_from("<carol@example.org>");
    f.session.header("Subject", " x");
    f.session.header("Authentication-Results", " mx.example.com; dmarc=pass header.from=example.org");
    CHECK((f.session.end_of_header("") == Session::Next::done));
}

TEST_CASE("a mail that goes by is shown to whoever learns, with its envelope and header") {
    SessionSetting f;
    f.session.connect("192.0.2.7");
    f.session.mail_from("<bob@example.com>");
    f.session.recipient("<carol@example.org>");
    f.session.header("From", " bob@example.com");
    f.session.end_of_header("bob");
    CHECK(f.passed.times == 1);
    CHECK(f.passed.message == "From: bob@example.com\r\n");
    CHECK(f.passed.envelope.auth_login == "bob");
    CHECK(f.passed.envelope.client_ip == "192.0.2.7");
    CHECK(f.passed.envelope.recipients == std::vector<std::string>{"carol@example.org"});
    f.session.reset();
    f.session.header("Content-Type", " text/calendar");
    f.session.end_of_header("bob");
    CHECK(f.passed.times == 1);
    f.session.reset();
    f.session.header("From", " bob@example.com");
    f.session.end_of_header("");
    CHECK_MESSAGE(f.passed.times == 1, "nobody logged in");
}

TEST_CASE("the mail is handed on as it was received, with its envelope") {
    SessionSetting f;
    f.session.connect("192.0.2.7");
    f.session.mail_from("<carol@example.org>");
    f.session.recipient("<bob@example.com>");
    f.session.recipient("alice@example.com");  // local submission through Postfix has no brackets
    f.session.header("Subject", "  two\n lines");
    f.session.header("Content-Type", " multipart/mixed;\n\tboundary=b");
    CHECK(f.session.end_of_header("") == Session::Next::body);
    f.session.body("one");
    f.session.body("two");
    CHECK(f.session.end_of_message("Q1", "carol").field == "x; outcome=ignored");
    CHECK(f.seen.message == "Subject:  two\r\n lines\r\nContent-Type: multipart/mixed;\r\n\tboundary=b\r\n\r\nonetwo");
    CHECK(f.seen.envelope.from == "carol@example.org");
    CHECK(f.seen.envelope.recipients == std::vector<std::string>{"bob@example.com", "alice@example.com"});
    CHECK(f.seen.envelope.queue_id == "Q1");
    CHECK(f.seen.envelope.auth_login == "carol");
    CHECK(f.seen.envelope.client_ip == "192.0.2.7");
    CHECK(f.seen.extent == milter::mail::Extent::whole);
}

TEST_CASE("one deadline is made for the answer, and the header is handed on as fields") {
    SessionSetting f;
    f.session.header("From", " carol@example.org");
    f.session.header("Content-Type", " multipart/mixed;\n\tboundary=b");
    f.session.end_of_header("");
    const auto before = std::chrono::steady_clock::now();
    f.session.end_of_message("Q1", "");
    const auto time = f.snapshot->config.limits.end_of_message;
    CHECK(f.deadline >= before + time);
    CHECK(f.deadline <= std::chrono::steady_clock::now() + time);
    CHECK(f.fields == 2);
}

TEST_CASE("an MTA that eats the space in front of header values gets it back for the signature") {
    SessionSetting f;
    f.session.set_leading_space(milter::mta::LeadingSpace::removed);
    f.session.header("Content-Type", "multipart/mixed");
    f.session.end_of_header("");
    f.session.end_of_message("", "");
    CHECK(f.seen.message == "Content-Type: multipart/mixed\r\n\r\n");
}

TEST_CASE("one mail leaves nothing to the next on the same connection") {
    SessionSetting f;
    f.session.connect("192.0.2.7");
    f.session.mail_from("<carol@example.org>");
    f.session.recipient("<bob@example.com>");
    f.session.header("Calendar-Processing", " x");
    f.session.header("Content-Type", " text/calendar");
    f.session.end_of_header("");
    f.session.body("first");
    f.session.reset();
    f.session.mail_from("<dave@example.org>");
    f.session.recipient("<erin@example.com>");
    f.session.header("Content-Type", " text/calendar");
    f.session.end_of_header("");
    f.session.body("second");
    f.session.end_of_message("Q2", "");
    CHECK(f.session.forged() == 0);
    CHECK(f.seen.message == "Content-Type: text/calendar\r\n\r\nsecond");
    CHECK(f.seen.envelope.recipients == std::vector<std::string>{"erin@example.com"});
    CHECK(f.seen.envelope.client_ip == "192.0.2.7");
}
