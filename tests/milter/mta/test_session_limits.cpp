#include <string>

#include <doctest/doctest.h>

#include "tests/milter/mta/session_setting.h"

using milter::mta::Reply;
using milter::mta::Session;
using tests::SessionSetting;

TEST_CASE("more forged fields than the limit are refused at the end of the header, whatever else the mail is") {
    struct Row {
        const char* sentence;
        std::size_t fields;
        const char* content_type;
        Session::Next want;
    };
    const Row rows[] = {
        {"as many as allowed, no calendar", 3, " text/plain", Session::Next::close},
        {"one more", 4, " text/plain", Session::Next::refuse},
        {"as many as allowed, perhaps a calendar", 3, " text/calendar", Session::Next::body},
        {"one more there", 4, " text/calendar", Session::Next::refuse},
        {"very many", 20'000, " text/calendar", Session::Next::refuse},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        auto config = tests::config_with_limit(1000);
        config.limits.forged_fields = 3;
        SessionSetting f(std::move(config));
        f.session.mail_from("<carol@example.org>");
        f.session.header("Content-Type", row.content_type);
        for (std::size_t i = 0; i < row.fields; ++i)
            f.session.header("Calendar-processing", " x");
        const bool as_wanted = f.session.end_of_header("bob") == row.want;
        CHECK(as_wanted);
        if (row.want != Session::Next::refuse) continue;
        CHECK((f.session.refusal().verdict == Reply::Verdict::reject));
        CHECK(f.session.refusal().smtp.code == "550");
        CHECK(f.session.refusal().smtp.status == "5.6.0");
        CHECK_MESSAGE(f.passed.times == 0, "nobody learns from it");
    }
}

TEST_CASE("all messages on their way share one budget, over all connections") {
    const std::string header = "Content-Type: text/calendar\r\n\r\n";
    for (const std::size_t over : {0U, 1U}) {
        CAPTURE(over);
        auto config = tests::config_with_limit(1000);
        config.limits.in_transit = 2 * header.size() + 100;
        SessionSetting f(std::move(config));
        Session other(f.service);
        other.set_leading_space(milter::mta::LeadingSpace::kept);
        for (Session* session : {&f.session, &other}) {
            session->mail_from("<carol@example.org>");
            session->header("Content-Type", " text/calendar");
            REQUIRE((session->end_of_header("") == Session::Next::body));
        }
        other.body(std::string(60, 'x'));
        f.session.body(std::string(40 + over, 'x'));
        const auto answer = f.session.end_of_message("Q1", "");
        CHECK((answer.verdict == (over == 0 ? Reply::Verdict::deliver : Reply::Verdict::reject)));
        CHECK(answer.smtp.code == (over == 0 ? "" : "451"));
        CHECK(f.seen.times == (over == 0 ? 1 : 0));

        // What is over gives back what it took.
        f.session.reset();
        CHECK(f.service.budget->used() == header.size() + 60);
        other.end_of_message("Q2", "");
        CHECK_MESSAGE(f.seen.envelope.queue_id == "Q2", "the one that was there first is judged");
        other.reset();
        CHECK(f.service.budget->used() == 0);
    }
}

TEST_CASE("without room for its header, a mail that may hold a calendar is put off and any other goes by") {
    auto config = tests::config_with_limit(1000);
    config.limits.in_transit = 10;
    SessionSetting f(std::move(config));
    f.session.mail_from("<bob@example.com>");
    f.session.header("Content-Type", " text/calendar");
    CHECK((f.session.end_of_header("") == Session::Next::refuse));
    CHECK(f.session.refusal().smtp.code == "451");
    f.session.mail_from("<bob@example.com>");
    f.session.header("Content-Type", " text/plain");
    CHECK((f.session.end_of_header("bob") == Session::Next::done));
    CHECK_MESSAGE(f.passed.times == 0, "nobody learns from half of it");
}

TEST_CASE("a large message is handed on whole") {
    const std::size_t mib = 1024 * 1024;
    SessionSetting f(4 * mib);
    f.session.header("Content-Type", " text/calendar");
    f.session.end_of_header("");
    std::string want = "Content-Type: text/calendar\r\n\r\n";
    for (const char c : {'a', 'b', 'c', 'd', 'e'}) {
        f.session.body(std::string(mib / 2, c));
        want += std::string(mib / 2, c);
    }
    f.session.end_of_message("Q1", "");
    const bool same = f.seen.message == want;
    CHECK(same);
}

TEST_CASE("a body up to the limit is taken, one byte more is cut and said to be") {
    const std::string header = "Content-Type: text/calendar\r\n\r\n";
    for (const std::size_t over : {0U, 1U}) {
        CAPTURE(over);
        SessionSetting f(header.size() + 10);
        f.session.header("Content-Type", " text/calendar");
        f.session.end_of_header("");
        f.session.body(std::string(10 + over, 'x'));
        f.session.end_of_message("", "");
        CHECK((f.seen.extent == milter::mail::Extent::cut) == (over == 1));
    }
}
