#include <string>
#include <tuple>
#include <utility>

#include <doctest/doctest.h>

#include "milter/judging/judge.h"
#include "milter/judging/queue/deferred.h"
#include "milter/judging/queue/jobs.h"
#include "tests/milter/judging/world.h"

using calendar::delivery::DeferredDecision;
using milter::mail::Envelope;
using tests::event_mail;
using tests::World;

namespace {

const char* apply_to_the_known = "policy: [{name: known, if: {known_uid: true}, then: apply}]\notherwise: ignore\n";

}  // namespace

TEST_CASE("the facts of the mail itself") {
    const std::tuple<const char*, const char*, const char*> rows[] = {
        {"an unsigned mail is not authenticated", "authenticated: false", ""},
        {"a spam mark counts", "spam: true", "X-Spam-Flag: YES\r\n"},
        {"a mail of a list", "mailing_list: true", "List-Id: <list.example.org>\r\n"},
        {"the organizer sends", "sender_is: organizer", ""},
        {"the recipient is an attendee", "recipient_is: attendee", ""},
        {"patterns of the sender", "sender: \"*@example.org\"", ""},
        {"patterns of his domain", "sender_domain: \"*.org\"", ""},
        {"patterns of the recipient", "recipient: \"bob@*\"", ""},
        {"patterns of the organizer", "organizer: carol@example.org", ""},
        {"the component", "component: VEVENT", ""},
        {"nothing was submitted", "submitted: false", ""},
        {"another domain", "same_domain: false", ""},
        {"nobody knows the organizer", "organizer_known: false", ""},
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
        const auto judged = f.judge(field + event_mail("REQUEST", "Carol <carol@example.org>"), {"bob@example.com"});
        REQUIRE(judged.decisions.size() == 1);
        CHECK_MESSAGE((judged.decisions[0].decision.action.calendar == policy::rules::CalendarAction::apply),
                      judged.decisions[0].decision.because);
    }
}

TEST_CASE("what this site's own filter has proven counts as proven") {
    const World f("policy: [{name: proven, if: {authenticated: true}, then: apply}]\notherwise: ignore\n");
    const std::string results = "Authentication-Results: filter.example.com; dmarc=pass header.from=example.org\r\n";
    const auto proven = f.judge(results + event_mail("REQUEST"), {"bob@example.com"});
    CHECK(proven.authentication.by == "trusted dmarc");
    CHECK(proven.decisions.at(0).decision.rule == "proven");
    const auto forged = f.judge("Received: from x\r\n" + results + event_mail("REQUEST"), {"bob@example.com"});
    CHECK_FALSE(forged.authentication.authenticated);
    CHECK(forged.decisions.at(0).decision.rule != "proven");
}

TEST_CASE("a submission by login owns its From address") {
    const World f(
        "policy: [{name: ours, if: {submitted: true, authenticated: true}, then: apply}]\notherwise: ignore\n");
    Envelope envelope;
    envelope.recipients = {"alice@example.com"};
    envelope.auth_login = "bob@example.com";
    auto judged = f.judge_with(event_mail("REQUEST", "bob@example.com"), envelope);
    CHECK(judged.authentication.by == "submission");
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::rules::CalendarAction::apply));
    judged = f.judge_with(event_mail("REQUEST", "carol@example.org"), envelope);
    CHECK_FALSE(judged.authentication.authenticated);
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::rules::CalendarAction::ignore));
}

TEST_CASE("a sender who says that it is the year 9999 does not bring the far future near") {
    const World world("policy: [{name: calm, if: {hazards: none}, then: apply}]\notherwise: hold\n");
    auto mail = event_mail("REQUEST");
    for (const auto& [from, to] : {std::pair("DTSTAMP:2026", "DTSTAMP:9998"), std::pair("DTSTART:2027", "DTSTART:9999"),
                                   std::pair("DTEND:2027", "DTEND:9999")})
        mail.replace(mail.find(from), std::string_view(from).size(), to);
    const auto judgement = world.judge(mail, {"bob@example.com"});
    REQUIRE(judgement.decisions.size() == 1);
    CHECK(word(judgement.decisions.front().decision.action.calendar) == "hold");
}

TEST_CASE("the event in the calendar on this machine is a fact at once") {
    const World f(apply_to_the_known);
    auto judged = f.judge(event_mail("REQUEST"), {"bob@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK_FALSE(judged.decisions[0].decision.deferred);
    CHECK((judged.decisions[0].decision.action.calendar == policy::rules::CalendarAction::ignore));

    f.store("bob", "e1@example.org",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1@example.org\r\nDTSTAMP:"
            "20261120T090000Z\r\n"
            "DTSTART:20270118T100000Z\r\nORGANIZER:mailto:carol@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    judged = f.judge(event_mail("REQUEST"), {"bob@example.com"});
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::rules::CalendarAction::apply));
}

TEST_CASE("of several events at most 20 decisions wait for calendars elsewhere") {
    constexpr int most_users = 11;
    std::string users = "users: [{static: [";
    std::vector<std::string> recipients, attendees;
    for (int i = 0; i < most_users; ++i) {
        const auto address = fmt::format("u{}@example.com", i);
        users += fmt::format("{{user: u{}, addresses: [{}]}}, ", i, address);
        recipients.push_back(address);
        attendees.push_back("ATTENDEE:mailto:" + address);
    }
    const World f(apply_to_the_known, users + "]}]\n",
                  "type: caldav, url: \"http://127.0.0.1:1/{{user}}/\", calendar: default, username: m, password_file: "
                  "password");
    const auto one = event_mail("REQUEST", "carol@example.org", "ORGANIZER:mailto:carol@example.org", attendees);
    auto two = one;
    const auto begin = one.find("BEGIN:VEVENT"), end = one.find("END:VCALENDAR");
    auto second = one.substr(begin, end - begin);
    second.replace(second.find("UID:e1"), 6, "UID:e2");
    two.insert(end, second);
    CHECK(f.judge(one, recipients).decisions.size() == most_users);
    const std::vector<std::string> fewer(recipients.begin() + 1, recipients.end());
    CHECK(f.judge(two, fewer).decisions.size() == 20);
    const auto judged = f.judge(two, recipients);
    CHECK(judged.decisions.empty());
    REQUIRE(judged.refusal() != nullptr);
    CHECK(judged.refusal()->detail ==
          "2 events for 11 users, of which 22 cannot be decided yet; of several events 20 may be");
}

TEST_CASE(
    "a calendar elsewhere is not asked while the mail waits: the decision is deferred, and taken with the event at "
    "hand") {
    const World f(
        apply_to_the_known, World::two_users,
        "type: caldav, url: \"http://127.0.0.1:1/{{user}}/\", calendar: default, username: m, password_file: password");
    const auto judged = f.judge(event_mail("REQUEST"), {"bob@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK(judged.decisions[0].decision.deferred);
    const auto made = jobs_of(judged, f.snapshot(), {}, {});
    REQUIRE(made.jobs.size() == 1);
    const auto& job = made.jobs[0];
    CHECK_FALSE(job.decided);
    CHECK(made.audit.at(0).event == "deferred");

    SUBCASE("no such event: the rule does not match") {
        const auto late = f.decide(job);
        CHECK((late.kind == DeferredDecision::Kind::leave));
        CHECK(late.action == "ignore");
    }
    SUBCASE("it is there: it does") {
        const calendar::connectors::Stored stored{
            "e1.ics", "1",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1@example.org\r\n"
            "DTSTAMP:20261120T090000Z\r\nDTSTART:20270118T100000Z\r\nORGANIZER:mailto:carol@example.org\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"};
        const auto late = f.decide(job, stored);
        CHECK((late.kind == DeferredDecision::Kind::apply));
        CHECK(late.rule == "known");
    }
}
