#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "milter/judging/judge.h"
#include "milter/judging/queue/jobs.h"
#include "tests/milter/judging/world.h"

using milter::mail::Extent;
using tests::event_mail;
using tests::World;

namespace {

const char* apply_everything = "policy: [{name: all, if: {recipient: '*@*'}, then: apply}]\notherwise: ignore\n";
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
    const World f(apply_everything);
    const auto invitation = [](const std::string& from, const std::string& organizer,
                               const std::vector<std::string>& attendees) {
        return event_mail("REQUEST", from, organizer, attendees);
    };
    const std::string carol = "ORGANIZER:mailto:carol@example.org";
    const std::string bobs = "ORGANIZER:mailto:bob@example.com";
    const std::string alice = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com";
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
        {"published, by a rule that does not name it", event_mail("PUBLISH"), "unsupported_method"},
        {"a question for the text", event_mail("REFRESH", "alice@example.com", bobs, {alice}), "unsupported_method"},
        {"a proposal", event_mail("COUNTER", "alice@example.com", bobs, {alice}), "unsupported_method"},
        {"its rejection", event_mail("DECLINECOUNTER"), "unsupported_method"},
        {"an answer by somebody else", event_mail("REPLY", "mallory@example.org", bobs, {alice}),
         "sender_not_attendee"},
        {"an answer of several", event_mail("REPLY", "mallory@example.org", bobs, {alice, bob[0]}), "missing_attendee"},
        {"an answer to another organizer", event_mail("REPLY", "alice@example.com", carol, {alice}), "not_addressed"},
        {"another instance for nobody here", event_mail("ADD", "carol@example.org", carol, {alice}), "not_addressed"},
        {"he cancels his own", event_mail("CANCEL", "bob@example.com", bobs, {alice}), "own_message"},
    };
    for (const auto& [sentence, message, want] : rows) {
        INFO(std::string(sentence));
        auto judged = f.judge(message, {"bob@example.com"});
        REQUIRE(judged.decisions.size() == 1);
        const auto& refused = judged.decisions[0].refused;
        CHECK(std::string(refused ? word(refused->reason) : "") == want);
        const auto made = jobs_of(judged, f.snapshot(), {}, {});
        CHECK(made.jobs.size() == (want.empty() ? 1 : 0));
        REQUIRE(made.audit.size() == 1);
        CHECK(made.audit[0].reason == want);

        const bool is_dirty = message.find("ATTENDEE;CN=\"") != std::string::npos;
        if (is_dirty) CHECK(made.audit[0].detail.find("; dropped 1 attendee") != std::string::npos);

        // The engine says the same.
        judged.decisions[0].refused.reset();
        const auto outcome = calendar::itip::apply(jobs_of(judged, f.snapshot(), {}, {}).jobs.at(0).input);
        CHECK((outcome.detail.find("; dropped 1 attendee") != std::string::npos) == is_dirty);
        CHECK((outcome.kind == calendar::itip::Outcome::Kind::refused) == !want.empty());
        if (!want.empty()) CHECK(word(outcome.reason) == want);
    }
}

TEST_CASE("what may come behind an invitation that still waits is not refused for want of the event") {
    const World f(apply_everything);
    const std::string carol = "ORGANIZER:mailto:carol@example.org";
    const std::pair<const char*, std::string> rows[] = {
        {"a cancellation", event_mail("CANCEL")},
        {"a cancellation without attendees", event_mail("CANCEL", "carol@example.org", carol, {})},
        {"a cancellation by somebody whom the invitation may name", event_mail("CANCEL", "assistant@example.org")},
        {"another instance", event_mail("ADD")},
        {"an answer", event_mail("REPLY", "alice@example.com", "ORGANIZER:mailto:bob@example.com",
                                 {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com"})},
    };
    for (const auto& [sentence, message] : rows) {
        INFO(std::string(sentence));
        const auto judged = f.judge(message, {"bob@example.com"});
        REQUIRE(judged.decisions.size() == 1);
        const auto& refused = judged.decisions[0].refused;
        CHECK_MESSAGE(!refused, std::string(refused ? word(refused->reason) : ""));
        CHECK(outcome(judged.decisions[0]) == "queued");
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
