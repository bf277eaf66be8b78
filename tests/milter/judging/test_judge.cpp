#include <ctime>

#include <doctest/doctest.h>

#include "milter/judging/deferred.h"
#include "milter/judging/jobs.h"
#include "milter/judging/judge.h"
#include "tests/milter/judging/world.h"

using calendar::delivery::DeferredDecision;
using milter::judging::Judgement;
using milter::judging::Purpose;
using milter::mail::Envelope;
using milter::mail::Extent;
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
    const auto made = jobs_of(judged, f.snapshot(), {}, {});
    REQUIRE(made.jobs.size() == 2);
    CHECK(made.jobs[0].id != made.jobs[1].id);
    CHECK(made.jobs[0].decided);
    CHECK(made.audit.size() == 2);
}

TEST_CASE("a mail is accepted when the rules apply it for everybody") {
    const std::string for_attendees =
        "policy: [{name: invited, if: {recipient_is: attendee}, then: apply}]\notherwise: ";
    const auto for_bob = tests::event_mail("REQUEST", "carol@example.org", "ORGANIZER:mailto:carol@example.org",
                                           {"ATTENDEE:mailto:bob@example.com"});
    const World f(for_attendees + "ignore\n");
    CHECK(f.judge(for_bob, {"bob@example.com"}).accepted());
    CHECK_FALSE(f.judge(for_bob, {"alice@example.com"}).accepted());
    CHECK_FALSE(f.judge(for_bob, {"bob@example.com", "alice@example.com"}).accepted());
    CHECK_FALSE(f.judge(for_bob, {"somebody@example.net"}).accepted());
    CHECK_FALSE(f.judge("From: carol@example.org\r\n\r\ntext", {"bob@example.com"}).accepted());
    CHECK_FALSE(World(for_attendees + "hold\n").judge(for_bob, {"alice@example.com"}).accepted());
}

TEST_CASE("a decision that waits accepts nothing yet") {
    const World f("policy: [{name: proven, if: {authenticated: true}, then: apply}]\notherwise: ignore\n");
    auto judged = f.judge(mail("REQUEST"), {"bob@example.com"});
    judged.decisions.at(0).decision.action.calendar = policy::rules::CalendarAction::apply;
    CHECK(judged.accepted());
    judged.decisions.at(0).decision.deferred = true;
    CHECK_FALSE(judged.accepted());
}

TEST_CASE("a recipient is our user however the sender writes his address") {
    const World f(apply_to_everybody);
    for (const std::string path : {"\"bob\"@example.com", "\"b\\ob\"@example.com", "@a.example:bob@example.com",
                                   "bob@example.com.", "(x)bob@example.com"}) {
        CAPTURE(path);
        const auto judged = f.judge(mail("REQUEST"), {path});
        REQUIRE(judged.decisions.size() == 1);
        CHECK(judged.decisions[0].user.name == "bob");
        CHECK(judged.decisions[0].recipient.text() == "bob@example.com");
    }
}

TEST_CASE("every address of the envelope that leads to a user is his, in any order") {
    const World f(apply_to_everybody, std::string("recipient_delimiter: \"+\"\n") + World::two_users);
    const auto invitation = tests::event_mail("REQUEST", "carol@example.org", "ORGANIZER:mailto:carol@example.org",
                                              {"ATTENDEE:mailto:bob+cal@example.com"});
    const std::vector<std::vector<std::string>> rows{{"bob+cal@example.com"},
                                                     {"bob@example.com", "bob+cal@example.com"},
                                                     {"bob+cal@example.com", "bob@example.com"},
                                                     {"bob+x@example.com", "bob@example.com", "bob+cal@example.com"}};
    for (const auto& recipients : rows) {
        CAPTURE(recipients.size());
        const auto made = jobs_of(f.judge(invitation, recipients), f.snapshot(), {}, {});
        REQUIRE(made.jobs.size() == 1);
        CHECK((calendar::itip::apply(made.jobs[0].input).kind == calendar::itip::Outcome::Kind::created));
    }
    std::vector<std::string> many;
    for (int i = 0; i < 20'000; ++i)
        many.push_back("bob+" + std::to_string(i) + "@example.com");
    const auto judged = f.judge(invitation, many);
    REQUIRE(judged.decisions.size() == 1);
    CHECK_MESSAGE(judged.decisions[0].user.addresses.size() == 100, "a sender can make up any number of them");
}

TEST_CASE("an answer to one of his addresses that another one received is his") {
    const World f("policy: [{name: answers, if: {method: REPLY}, then: apply}]\notherwise: ignore\n",
                  std::string("recipient_delimiter: \"+\"\n") + World::two_users);
    const auto reply = tests::event_mail("REPLY", "carol@example.org", "ORGANIZER:mailto:bob+x@example.com",
                                         {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@example.org"});
    const auto judged = f.judge(reply, {"bob@example.com", "bob+y@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    std::string got;
    for (const auto& address : judged.decisions[0].user.addresses)
        got += address.text() + " ";
    CHECK(got == "bob@example.com bob+y@example.com bob+x@example.com ");
}

TEST_CASE("many recipients cost little") {
    const World f(
        "policy: [{name: all, if: {method: REQUEST}, then: ignore}]\notherwise: ignore\nlimits: {decisions: 10000}\n",
        "users: [{domain: {domains: [example.com], user: \"{local}\", addresses: "
        "[\"{local}@example.com\"]}}]\n");
    const auto seconds = [&](int count) {
        std::vector<std::string> recipients;
        for (int i = 0; i < count; ++i)
            recipients.push_back(std::to_string(i) + std::string(40, 'u') + "@example.com");
        const auto start = std::clock();
        CHECK(f.judge(mail("REQUEST"), recipients).decisions.size() == static_cast<std::size_t>(count));
        return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    };
    seconds(10);
    const auto few = seconds(600);
    // Sixteen times as much, and up to four times that for memory that is touched for the first time. What grows with
    // the square would take 256 times as long.
    CHECK_MESSAGE(seconds(9'600) < 128 * few, "the cost of a recipient does not grow with their number");
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
    const auto made = jobs_of(judged, f.snapshot(), {}, {});
    CHECK(made.jobs.empty());
    REQUIRE(made.audit.size() == 1);
    CHECK(made.audit[0].reason == "unsupported_method");
}

TEST_CASE("a mail that was cut because of its size is too_large") {
    const World f(apply_to_everybody);
    const auto judged = f.judge(mail("REQUEST"), {"bob@example.com"}, Extent::cut);
    REQUIRE(judged.refusal() != nullptr);
    CHECK((judged.refusal()->reason == calendar::itip::Reason::too_large));
    CHECK(judged.concerns_us);
}

TEST_CASE("a sender who says that it is the year 9999 does not bring the far future near") {
    const World world("policy: [{name: calm, if: {hazards: none}, then: apply}]\notherwise: hold\n");
    auto mail = tests::event_mail("REQUEST");
    for (const auto& [from, to] : {std::pair("DTSTAMP:2026", "DTSTAMP:9998"), std::pair("DTSTART:2027", "DTSTART:9999"),
                                   std::pair("DTEND:2027", "DTEND:9999")})
        mail.replace(mail.find(from), std::string_view(from).size(), to);
    const auto judgement = world.judge(mail, {"bob@example.com"});
    REQUIRE(judgement.decisions.size() == 1);
    CHECK(word(judgement.decisions.front().decision.action.calendar) == "hold");
}

TEST_CASE("the event in the calendar on this machine is a fact at once") {
    const World f(apply_to_the_known);
    auto judged = f.judge(mail("REQUEST"), {"bob@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK_FALSE(judged.decisions[0].decision.deferred);
    CHECK((judged.decisions[0].decision.action.calendar == policy::rules::CalendarAction::ignore));

    f.store("bob", "e1@example.org",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1@example.org\r\nDTSTAMP:"
            "20261120T090000Z\r\n"
            "DTSTART:20270118T100000Z\r\nORGANIZER:mailto:carol@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    judged = f.judge(mail("REQUEST"), {"bob@example.com"});
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::rules::CalendarAction::apply));
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
    const auto made = jobs_of(judged, f.snapshot(), {}, {});
    REQUIRE(made.jobs.size() == 1);
    const auto& job = made.jobs[0];
    CHECK_FALSE(job.decided);
    CHECK(made.audit.at(0).event == "deferred");

    SUBCASE("no such event: the rule does not match") {
        const auto late = milter::judging::decide_deferred(job, std::nullopt, f.snapshot(), f.engine());
        CHECK((late.kind == DeferredDecision::Kind::leave));
        CHECK(late.action == "ignore");
    }
    SUBCASE("it is there: it does") {
        const calendar::connectors::Stored stored{
            "e1.ics", "1",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1@example.org\r\n"
            "DTSTAMP:20261120T090000Z\r\nDTSTART:20270118T100000Z\r\nORGANIZER:mailto:carol@example.org\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"};
        const auto late = milter::judging::decide_deferred(job, stored, f.snapshot(), f.engine());
        CHECK((late.kind == DeferredDecision::Kind::apply));
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
        const auto judged = f.judge(mail("REQUEST", "Carol <carol@example.org>", field), {"bob@example.com"});
        REQUIRE(judged.decisions.size() == 1);
        CHECK_MESSAGE((judged.decisions[0].decision.action.calendar == policy::rules::CalendarAction::apply),
                      judged.decisions[0].decision.because);
    }
}

TEST_CASE("a submission by login owns its From address") {
    const World f(
        "policy: [{name: ours, if: {submitted: true, authenticated: true}, then: apply}]\notherwise: ignore\n");
    Envelope envelope;
    envelope.recipients = {"alice@example.com"};
    envelope.auth_login = "bob@example.com";
    auto judged = f.judge_with(mail("REQUEST", "bob@example.com"), envelope);
    CHECK(judged.authentication.by == "submission");
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::rules::CalendarAction::apply));
    judged = f.judge_with(mail("REQUEST", "carol@example.org"), envelope);
    CHECK_FALSE(judged.authentication.authenticated);
    CHECK((judged.decisions.at(0).decision.action.calendar == policy::rules::CalendarAction::ignore));
}

TEST_CASE("a message is kept from nobody whom no rule kept it from") {
    const World f(
        "policy: [{name: no, if: {recipient: \"bob*@*\"}, then: {calendar: ignore, mail: reject}}]\n"
        "otherwise: ignore\n",
        std::string("recipient_delimiter: \"+\"\n") + World::two_users);
    using policy::rules::MailAction;
    const std::tuple<const char*, std::vector<std::string>, MailAction> rows[] = {
        {"bob alone", {"bob@example.com"}, MailAction::reject},
        {"bob twice", {"bob@example.com", "bob+list@example.com"}, MailAction::reject},
        {"bob, and alice who wants it", {"bob@example.com", "alice@example.com"}, MailAction::deliver},
        {"bob, and somebody who is not served", {"bob@example.com", "dave@example.net"}, MailAction::deliver},
        {"the same the other way around", {"dave@example.net", "bob@example.com"}, MailAction::deliver},
        {"bob, and an address that cannot be read", {"bob@example.com", "dave"}, MailAction::deliver},
    };
    for (const auto& [sentence, recipients, want] : rows) {
        CAPTURE(sentence);
        const auto judged = f.judge(mail("REQUEST"), recipients);
        CHECK((judged.mail().mail == want));
        CHECK(judged.mail_is_overruled() == (want == MailAction::deliver));
        CHECK(judged.recipients == recipients.size());
    }
}

TEST_CASE("what the event itself refuses is said at once, and nothing is queued") {
    const World f(apply_to_everybody);
    const auto invitation = [](const std::string& from, const std::string& organizer,
                               const std::vector<std::string>& attendees) {
        return tests::event_mail("REQUEST", from, organizer, attendees);
    };
    const std::string carol = "ORGANIZER:mailto:carol@example.org";
    const std::vector<std::string> bob{"ATTENDEE:mailto:bob@example.com"};
    const std::tuple<const char*, std::string, std::string> rows[] = {
        {"an honest invitation", invitation("carol@example.org", carol, bob), ""},
        {"from somebody else", invitation("mallory@example.org", carol, bob), "sender_not_organizer"},
        {"from another attendee", invitation("alice@example.com", carol, {bob[0], "ATTENDEE:mailto:alice@example.com"}),
         "sender_not_organizer"},
        {"to nobody here", invitation("carol@example.org", carol, {"ATTENDEE:mailto:alice@example.com"}),
         "not_addressed"},
        {"to somebody whom nobody can read",
         invitation("carol@example.org", carol,
                    {"ATTENDEE;CN=\"Bob:bob@example.com", "ATTENDEE:mailto:alice@example.com"}),
         "not_addressed"},
        {"his own", invitation("bob@example.com", "ORGANIZER:mailto:bob@example.com", bob), "own_message"},
    };
    for (const auto& [sentence, message, want] : rows) {
        CAPTURE(sentence);
        auto judged = f.judge(message, {"bob@example.com"});
        REQUIRE(judged.decisions.size() == 1);
        const auto& refused = judged.decisions[0].refused;
        CHECK(std::string(refused ? word(refused->reason) : "") == want);
        const auto made = jobs_of(judged, f.snapshot(), {}, {});
        CHECK(made.jobs.size() == (want.empty() ? 1 : 0));
        REQUIRE(made.audit.size() == 1);
        CHECK(made.audit[0].reason == want);

        const bool is_dirty = message.find("ATTENDEE;CN=\"") != std::string::npos;
        if (is_dirty) CHECK(made.audit[0].detail.find("; dropped 1 line") != std::string::npos);

        // The engine says the same.
        judged.decisions[0].refused.reset();
        const auto outcome = calendar::itip::apply(jobs_of(judged, f.snapshot(), {}, {}).jobs.at(0).input);
        CHECK((outcome.detail.find("; dropped 1 line") != std::string::npos) == is_dirty);
        CHECK((outcome.kind == calendar::itip::Outcome::Kind::refused) == !want.empty());
        if (!want.empty()) CHECK(word(outcome.reason) == want);
    }
}

TEST_CASE("whether the sender may change a stored event is foreseen where the event is at hand") {
    const World f(apply_to_everybody);
    const std::string stored =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1@example.org\r\nDTSTAMP:"
        "20261120T090000Z\r\n"
        "DTSTART:20270118T100000Z\r\nORGANIZER;SENT-BY=\"mailto:assistant@example.org\":mailto:carol@example.org\r\n"
        "ATTENDEE:mailto:bob@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    f.store("bob", "e1@example.org", stored);
    for (const auto& [from, refused] :
         {std::pair("assistant@example.org", false), std::pair("mallory@example.org", true)}) {
        CAPTURE(from);
        const auto judged = f.judge(mail("REQUEST", from), {"bob@example.com"});
        REQUIRE(judged.decisions.size() == 1);
        CHECK(judged.decisions[0].refused.has_value() == refused);
    }
}
