#include <doctest/doctest.h>

#include "milter/judge.h"
#include "milter/later.h"
#include "milter/orders.h"
#include "tests/milter/world.h"

using calendar::delivery::LateDecision;
using milter::Envelope;
using milter::Extent;
using milter::Judgement;
using milter::Purpose;
using tests::World;

namespace {

std::string mail(const std::string& method, const std::string& from = "carol@example.org",
                 const std::string& more_fields = "") {
    return tests::event_mail(method, from, "ORGANIZER:mailto:carol@example.org",
                             {"ATTENDEE:mailto:bob@example.com", "ATTENDEE:mailto:alice@example.com"}, more_fields);
}

const char* apply_to_everybody = "policy: [{name: all, if: {method: REQUEST}, then: apply}]\notherwise: ignore\n";
const char* apply_to_the_known = "policy: [{name: known, if: {known_uid: true}, then: apply}]\notherwise: ignore\n";

}  // namespace

TEST_CASE("a mail without a calendar part, or for nobody of ours, is none of our business") {
    const World f(apply_to_everybody);
    CHECK_FALSE(
        f.judge("From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b--\r\n",
                {"bob@example.com"})
            .concerns_us);
    CHECK_FALSE(f.judge(mail("REQUEST"), {"somebody@example.net"}).concerns_us);
    CHECK_FALSE(f.judge(mail("REQUEST"), {"not an address"}).concerns_us);
}

TEST_CASE("every user among the recipients gets one decision, however often he is named") {
    const World f(apply_to_everybody);
    const auto judged = f.judge(mail("REQUEST"), {"bob@example.com", "BOB@example.com", "bob+list@example.com",
                                                  "alice@example.com", "x@example.net"});
    REQUIRE(judged.decisions.size() == 2);
    CHECK(judged.decisions[0].user.name == "bob");
    CHECK(judged.decisions[1].user.name == "alice");
    const auto orders = orders_of(judged, f.snapshot(), {}, {});
    REQUIRE(orders.jobs.size() == 2);
    CHECK(orders.jobs[0].id != orders.jobs[1].id);
    CHECK(orders.jobs[0].decided);
    CHECK(orders.audit.size() == 2);
}

TEST_CASE("what this site's own filter has proven counts as proven") {
    const World f("policy: [{name: proven, if: {authenticated: true}, then: apply}]\notherwise: ignore\n");
    const std::string results = "Authentication-Results: filter.example.com; dmarc=pass header.from=example.org\r\n";
    const auto proven = f.judge(results + mail("REQUEST"), {"bob@example.com"});
    CHECK(proven.authentication.by == "trusted dmarc");
    CHECK(proven.decisions.at(0).decision.rule == "proven");
    const auto forged = f.judge("Received: from x\r\n" + results + mail("REQUEST"), {"bob@example.com"});
    CHECK_FALSE(forged.authentication.authenticated);
    CHECK(forged.decisions.at(0).decision.rule != "proven");
}

TEST_CASE("what cannot be used is refused with its reason, and leaves an audit row") {
    const World f(apply_to_everybody);
    const auto judged = f.judge(mail("FROBNICATE"), {"bob@example.com"});
    CHECK(judged.concerns_us);
    REQUIRE(judged.refusal() != nullptr);
    CHECK((judged.refusal()->reason == calendar::itip::Reason::unsupported_method));
    const auto orders = orders_of(judged, f.snapshot(), {}, {});
    CHECK(orders.jobs.empty());
    REQUIRE(orders.audit.size() == 1);
    CHECK(orders.audit[0].reason == "unsupported_method");
}

TEST_CASE("a mail that was cut because of its size is too_large") {
    const World f(apply_to_everybody);
    const auto judged = f.judge(mail("REQUEST"), {"bob@example.com"}, Extent::cut);
    REQUIRE(judged.refusal() != nullptr);
    CHECK((judged.refusal()->reason == calendar::itip::Reason::too_large));
    CHECK(judged.concerns_us);
}

TEST_CASE("the event in the calendar on this machine is a fact at once") {
    const World f(apply_to_the_known);
    auto judged = f.judge(mail("REQUEST"), {"bob@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK_FALSE(judged.decisions[0].decision.deferred);
    CHECK((judged.decisions[0].decision.action.calendar == policy::CalendarAction::ignore));

    f.store("bob", "e1@example.org",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1@example.org\r\nDTSTAMP:"
            "20261120T090000Z\r\n"
            "DTSTART:20270118T100000Z\r\nORGANIZER:mailto:carol@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    judged = f.judge(mail("REQUEST"), {"bob@example.com"});
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::CalendarAction::apply));
}

TEST_CASE(
    "a calendar elsewhere is not asked while the mail waits: the decision is deferred, and taken with the event at "
    "hand") {
    const World f(
        apply_to_the_known, World::two_users,
        "type: caldav, url: \"http://127.0.0.1:1/{{user}}/\", calendar: default, username: m, password_file: password");
    const auto judged = f.judge(mail("REQUEST"), {"bob@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK(judged.decisions[0].decision.deferred);
    const auto orders = orders_of(judged, f.snapshot(), {}, {});
    REQUIRE(orders.jobs.size() == 1);
    const auto& job = orders.jobs[0];
    CHECK_FALSE(job.decided);
    CHECK(orders.audit.at(0).event == "deferred");

    SUBCASE("no such event: the rule does not match") {
        const auto late = decide_late(job, std::nullopt, f.snapshot(), f.engine());
        CHECK((late.kind == LateDecision::Kind::leave));
        CHECK(late.action == "ignore");
    }
    SUBCASE("it is there: it does") {
        const calendar::connectors::Stored stored{
            "e1.ics", "1",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1@example.org\r\n"
            "DTSTAMP:20261120T090000Z\r\nDTSTART:20270118T100000Z\r\nORGANIZER:mailto:carol@example.org\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"};
        const auto late = decide_late(job, stored, f.snapshot(), f.engine());
        CHECK((late.kind == LateDecision::Kind::apply));
        CHECK(late.rule == "known");
    }
}

TEST_CASE("the facts of the mail itself") {
    const std::tuple<const char*, const char*, const char*> rows[] = {
        {"an unsigned mail is not authenticated", "authenticated: false", ""},
        {"a spam mark counts", "spam: true", "X-Spam-Flag: YES\n"},
        {"a mail of a list", "mailing_list: true", "List-Id: <list.example.org>\n"},
        {"the organizer sends", "sender_is: organizer", ""},
        {"the recipient is an attendee", "recipient_is: attendee", ""},
        {"patterns of the sender", "sender: \"*@example.org\"", ""},
        {"patterns of his domain", "sender_domain: \"*.org\"", ""},
        {"patterns of the recipient", "recipient: \"bob@*\"", ""},
        {"patterns of the organizer", "organizer: carol@example.org", ""},
        {"the component", "component: VEVENT", ""},
        {"nothing was submitted", "submitted: false", ""},
        {"another domain", "same_domain: false", ""},
        {"no address book knows her", "address_book: false", ""},
        {"nobody's signature passed", "not: {signed_by: \"*\"}", ""},
        {"no hazards", "hazards: none", ""},
        {"an event nobody knows", "known_uid: false", ""},
        {"so she cannot match it", "sender_matches_stored: false", ""},
    };
    for (const auto& [sentence, condition, field] : rows) {
        CAPTURE(sentence);
        const World f(
            std::string("spam: {headers: [{name: X-Spam-Flag, matches: \"YES\"}]}\npolicy: [{name: r, if: {") +
            condition + "}, then: apply}]\notherwise: ignore\n");
        const auto judged = f.judge(mail("REQUEST", "Carol <carol@example.org>", field), {"bob@example.com"});
        REQUIRE(judged.decisions.size() == 1);
        CHECK_MESSAGE((judged.decisions[0].decision.action.calendar == policy::CalendarAction::apply),
                      judged.decisions[0].decision.because);
    }
}

TEST_CASE("a submission by login owns its From address") {
    const World f(
        "policy: [{name: ours, if: {submitted: true, authenticated: true}, then: apply}]\notherwise: ignore\n");
    Envelope envelope;
    envelope.recipients = {"alice@example.com"};
    envelope.auth_login = "bob@example.com";
    auto judged = milter::judge(f.snapshot(), f.engine(), envelope, mail("REQUEST", "bob@example.com"), Extent::whole,
                                Purpose::deliver);
    CHECK(judged.authentication.by == "submission");
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::CalendarAction::apply));
    judged = milter::judge(f.snapshot(), f.engine(), envelope, mail("REQUEST", "carol@example.org"), Extent::whole,
                           Purpose::deliver);
    CHECK_FALSE(judged.authentication.authenticated);
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::CalendarAction::ignore));
}
