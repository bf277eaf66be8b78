#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "milter/judging/jobs.h"
#include "milter/judging/judge.h"
#include "tests/milter/judging/world.h"

using milter::mail::Extent;
using tests::event_mail;
using tests::World;

namespace {

const char* apply_to_everybody = "policy: [{name: all, if: {method: REQUEST}, then: apply}]\notherwise: ignore\n";

}  // namespace

TEST_CASE("a mail without a calendar part, or for nobody of ours, is none of our business") {
    const World f(apply_to_everybody);
    CHECK_FALSE(
        f.judge("From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b--\r\n",
                {"bob@example.com"})
            .concerns_us);
    CHECK_FALSE(f.judge(event_mail("REQUEST"), {"somebody@example.net"}).concerns_us);
    CHECK_FALSE(f.judge(event_mail("REQUEST"), {"not an address"}).concerns_us);
}

TEST_CASE("a mail is accepted when the rules apply it for everybody") {
    const std::string for_attendees =
        "policy: [{name: invited, if: {recipient_is: attendee}, then: apply}]\notherwise: ";
    const auto for_bob = event_mail("REQUEST", "carol@example.org", "ORGANIZER:mailto:carol@example.org",
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
    auto judged = f.judge(event_mail("REQUEST"), {"bob@example.com"});
    judged.decisions.at(0).decision.action.calendar = policy::rules::CalendarAction::apply;
    CHECK(judged.accepted());
    judged.decisions.at(0).decision.deferred = true;
    CHECK_FALSE(judged.accepted());
}

TEST_CASE("what cannot be used is refused with its reason, and leaves an audit row") {
    const World f(apply_to_everybody);
    const auto judged = f.judge(event_mail("FROBNICATE"), {"bob@example.com"});
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
    const auto judged = f.judge(event_mail("REQUEST"), {"bob@example.com"}, Extent::cut);
    REQUIRE(judged.refusal() != nullptr);
    CHECK((judged.refusal()->reason == calendar::itip::Reason::too_large));
    CHECK(judged.concerns_us);
}

TEST_CASE("what the event itself refuses is said at once, and nothing is queued") {
    const World f(apply_to_everybody);
    const auto invitation = [](const std::string& from, const std::string& organizer,
                               const std::vector<std::string>& attendees) {
        return event_mail("REQUEST", from, organizer, attendees);
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

        // The engine says the same.
        judged.decisions[0].refused.reset();
        const auto outcome = calendar::itip::apply(jobs_of(judged, f.snapshot(), {}, {}).jobs.at(0).input);
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
        const auto judged = f.judge(event_mail("REQUEST", from), {"bob@example.com"});
        REQUIRE(judged.decisions.size() == 1);
        CHECK(judged.decisions[0].refused.has_value() == refused);
    }
}
