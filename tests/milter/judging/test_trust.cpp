#include <doctest/doctest.h>

#include "calendar/delivery/state/state.h"
#include "milter/judging/learning.h"
#include "milter/judging/queue/deferred.h"
#include "milter/judging/queue/jobs.h"
#include "milter/mta/reply.h"
#include "tests/milter/judging/far_book.h"
#include "tests/milter/judging/world.h"

using calendar::delivery::DeferredDecision;
using calendar::itip::Address;
using milter::judging::Purpose;
using tests::event_mail;
using tests::FarBook;
using tests::no_answer;
using tests::World;

namespace {

const std::string hold = "policy: [{name: look, if: {method: REQUEST}, then: hold}]\notherwise: ignore\n";
const std::string known_people = "policy: [{name: known, if: {address_book: true}, then: apply}]\notherwise: ignore\n";

std::string stored_event(const std::string& organizer) {
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1@example.org\r\n"
           "DTSTAMP:20261120T090000Z\r\nDTSTART:20270118T100000Z\r\n" +
           organizer + "\r\nATTENDEE:mailto:carol@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

}  // namespace

TEST_CASE("a rule that holds keeps the message as a job that nobody takes") {
    World world(hold);
    const auto judged = world.judge(event_mail("REQUEST"), {"bob@example.com"});
    const auto orders = milter::judging::jobs_of(judged, world.snapshot(), {}, {});
    REQUIRE(orders.jobs.size() == 1);
    CHECK(orders.jobs[0].held);
    CHECK(orders.jobs[0].decided);
    CHECK(orders.audit.at(0).outcome == "hold");
    CHECK(milter::mta::reply_to(judged, world.snapshot()).outcome == "held");
}

TEST_CASE("an address book that does not answer defers the decision, which is taken when it does") {
    World world(known_people);
    calendar::base::Found<bool> answer = no_answer({});
    world.changeable().address_books.push_back(
        std::make_unique<FarBook>([&](calendar::base::Deadline) { return answer; }));
    const auto judged = world.judge(event_mail("REQUEST"), {"bob@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK(judged.decisions[0].decision.deferred);
    const auto orders = milter::judging::jobs_of(judged, world.snapshot(), {}, {});
    const auto& job = orders.jobs.at(0);
    CHECK((world.decide(job).kind == DeferredDecision::Kind::undecided));
    answer = false;
    CHECK((world.decide(job).kind == DeferredDecision::Kind::leave));
    answer = true;
    const auto late = world.decide(job);
    CHECK((late.kind == DeferredDecision::Kind::apply));
    CHECK(late.rule == "known");
}

TEST_CASE("one address book that knows the sender is enough, whatever the others say") {
    World world(known_people);
    world.changeable().address_books.push_back(std::make_unique<FarBook>(&no_answer));
    world.changeable().address_books.push_back(
        std::make_unique<FarBook>([](calendar::base::Deadline) { return true; }));
    CHECK(world.judge(event_mail("REQUEST"), {"bob@example.com"}).decisions.at(0).decision.rule == "known");
}

TEST_CASE("a recipient whom the directory cannot name now is asked for later, and decided as his user") {
    // Nobody listens on port 1.
    World world("policy: [{name: all, if: {method: REQUEST}, then: apply}]\notherwise: ignore\n",
                "users: [{ldap: {url: \"ldap://127.0.0.1:1\", base: \"dc=example\", filter: \"(mail={address})\"}}]\n");
    const auto judged = world.judge(event_mail("REQUEST"), {"bob@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK(judged.decisions[0].user.name.empty());
    CHECK(judged.decisions[0].decision.deferred);
    CHECK(milter::mta::reply_to(judged, world.snapshot()).outcome == "pending");
    const auto orders = milter::judging::jobs_of(judged, world.snapshot(), {}, {});
    REQUIRE(orders.jobs.size() == 1);
    const auto& job = orders.jobs[0];
    CHECK(job.user.empty());
    CHECK(job.address == "bob@example.com");
    const auto silent = milter::judging::jobs_for_users(job, world.snapshot(), calendar::base::Deadline::max());
    REQUIRE_FALSE(silent);
    CHECK(std::holds_alternative<calendar::base::Temporary>(silent.error()));

    // The directory is back: here, a configuration that knows him.
    World known("policy: [{name: all, if: {method: REQUEST}, then: apply}]\notherwise: ignore\n");
    const auto found = milter::judging::jobs_for_users(job, known.snapshot(), calendar::base::Deadline::max());
    REQUIRE((found && found->jobs.size() == 1));
    CHECK(found->jobs[0].user == "bob");
    CHECK(found->jobs[0].backend == "default");
    CHECK(found->jobs[0].input.recipient.at(0).text() == "bob@example.com");
    CHECK(found->jobs[0].id != job.id);
    CHECK((known.decide(found->jobs[0]).kind == DeferredDecision::Kind::apply));
    const auto again = known.judge(event_mail("REQUEST"), {"bob@example.com"});
    CHECK_MESSAGE(found->jobs[0].id == milter::judging::jobs_of(again, known.snapshot(), {}, {}).jobs.at(0).id,
                  "the same mail again, when the directory answers, is the same job");

    World nobody("policy: [{name: all, if: {method: REQUEST}, then: apply}]\notherwise: ignore\n",
                 "users: [{static: [{user: alice, addresses: [alice@example.com]}]}]\n");
    const auto none = milter::judging::jobs_for_users(job, nobody.snapshot(), calendar::base::Deadline::max());
    CHECK((none && none->jobs.empty()));
}

TEST_CASE("an event that somebody imported, without an organizer, is not known to the rules") {
    World world("policy: [{name: known, if: {known_uid: true}, then: apply}]\notherwise: ignore\n");
    world.store("bob", "e1@example.org", stored_event("COMMENT:imported by hand"));
    CHECK(world.judge(event_mail("REQUEST"), {"bob@example.com"}).decisions.at(0).decision.rule == "otherwise");
    for (const char* const organizer : {"ORGANIZER:mailto:carol@example.org", "ORGANIZER:/principals/users/bob/"}) {
        world.store("bob", "e1@example.org", stored_event(organizer));
        CHECK(world.judge(event_mail("REQUEST"), {"bob@example.com"}).decisions.at(0).decision.rule == "known");
    }
}

TEST_CASE("an event is known by the text of its UID, with or without escapes") {
    const auto with_uid = [](std::string text, const std::string& uid) {
        const std::string usual = "UID:e1@example.org";
        return text.replace(text.find(usual), usual.size(), "UID:" + uid);
    };
    for (const std::string there : {"a;b", "a\\;b"})
        for (const std::string said : {"a;b", "a\\;b"}) {
            INFO("the calendar has ", there, ", the message ", said);
            const World world("policy: [{name: known, if: {known_uid: true}, then: apply}]\notherwise: ignore\n");
            world.store("bob", "imported", with_uid(stored_event("ORGANIZER:mailto:carol@example.org"), there));
            const auto judged = world.judge(with_uid(event_mail("REQUEST"), said), {"bob@example.com"});
            REQUIRE(judged.decisions.size() == 1);
            CHECK(judged.decisions[0].decision.rule == "known");
            CHECK(judged.decisions[0].message->uid == "a;b");
        }
}

TEST_CASE("an answer that reaches the organizer's assistant is about the organizer's calendar") {
    World world(
        "policy: [{name: mine, if: {method: REPLY, known_uid: true, sender_matches_stored: true}, then: "
        "apply}]\notherwise: ignore\n");
    const auto reply = event_mail("REPLY", "carol@example.org", "ORGANIZER:mailto:alice@example.com",
                                  {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@example.org"});
    world.store("alice", "e1@example.org",
                stored_event("ORGANIZER;SENT-BY=\"mailto:bob@example.com\":mailto:alice@example.com"));
    const auto judged = world.judge(reply, {"bob@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK(judged.decisions[0].user.name == "alice");
    CHECK(judged.decisions[0].recipient.text() == "bob@example.com");
    CHECK(judged.decisions[0].decision.rule == "mine");
    for (const auto& recipients :
         {std::vector<std::string>{"bob@example.com", "alice@example.com"}, {"alice@example.com", "bob@example.com"}}) {
        const auto both = world.judge(reply, recipients);
        REQUIRE_MESSAGE(both.decisions.size() == 1, "one calendar, one decision");
        CHECK_MESSAGE(both.decisions[0].recipient.text() == "alice@example.com",
                      "what was written to herself counts, whoever else reads it");
    }
}

TEST_CASE("an answer that reaches the one who delegated is about his calendar too") {
    World world("policy: [{name: answers, if: {method: REPLY}, then: apply}]\notherwise: ignore\n");
    const auto reply = [](const std::string& delegated) {
        return event_mail("REPLY", "carol@example.org", "ORGANIZER:mailto:alice@example.com",
                          {"ATTENDEE;PARTSTAT=ACCEPTED" + delegated + ":mailto:carol@example.org"});
    };
    const std::string from_bob = ";DELEGATED-FROM=\"mailto:bob@example.com\"";
    const std::string from_dave = ";DELEGATED-FROM=\"mailto:dave@example.org\"";
    const std::string bob = "bob@example.com";
    const std::string alice = "alice@example.com";
    struct Row {
        std::string sentence, delegated;
        std::vector<std::string> recipients;
        std::string want;
    };
    const Row rows[] = {
        {"he delegated", from_bob, {bob}, "bob by bob@example.com, alice by bob@example.com, "},
        {"the organizer reads it too", from_bob, {alice, bob}, "alice by alice@example.com, bob by bob@example.com, "},
        {"whoever stands first", from_bob, {bob, alice}, "bob by bob@example.com, alice by alice@example.com, "},
        {"somebody else did", from_dave, {bob}, "alice by bob@example.com, "},
        {"nobody did", "", {bob, alice}, "alice by alice@example.com, "},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        std::string got;
        for (const auto& decided : world.judge(reply(row.delegated), row.recipients).decisions)
            got += decided.user.name + " by " + decided.recipient.text() + ", ";
        CHECK(got == row.want);
    }
}

TEST_CASE("whom our users write to, and what they organize and accept, is learned from their own mail only") {
    World world(
        "policy: [{name: friends, if: {correspondent: true}, then: apply}, {name: mine, if: {known_uid: true}, "
        "then: hold}]\notherwise: ignore\nlearn: {invitations: true, recipients: true}\n");
    const auto learn = [&](const milter::mail::Envelope& envelope, const std::string& mail) {
        const auto lesson = world.observe(mail, envelope);
        if (lesson) world.memory().learn(*lesson, world.snapshot().config.learn.bounds, {});
        return lesson.has_value();
    };
    const auto invitation = event_mail("REQUEST", "bob@example.com", "ORGANIZER:mailto:bob@example.com",
                                       {"ATTENDEE:mailto:bob@example.com", "ATTENDEE:mailto:dave@example.org"});
    milter::mail::Envelope envelope;
    envelope.from = "bob@example.com";
    envelope.recipients = {"\"carol\"@example.org", "bob@example.com"};
    const std::string plain = "From: bob@example.com\r\nSubject: x\r\n\r\n";
    CHECK_FALSE_MESSAGE(learn(envelope, plain), "nobody logged in");
    envelope.auth_login = "alice";
    CHECK_FALSE_MESSAGE(learn(envelope, plain), "somebody else logged in");
    CHECK(world.memory().messages("bob", *Address::parse("carol@example.org")) == 0);
    envelope.auth_login = "bob";
    CHECK(learn(envelope, invitation));
    CHECK(world.memory().messages("bob", *Address::parse("carol@example.org")) == 1);
    CHECK(world.memory().messages("bob", *Address::parse("dave@example.org")) == 1);
    CHECK_MESSAGE(world.memory().messages("bob", *Address::parse("bob@example.com")) == 0, "nobody is his own friend");
    CHECK(world.memory().knows_event("bob", "e1@example.org"));
    CHECK_FALSE(world.memory().knows_event("alice", "e1@example.org"));

    const auto from_carol = world.judge(event_mail("REQUEST"), {"bob@example.com"});
    CHECK(from_carol.decisions.at(0).decision.rule == "friends");
    CHECK(world.judge(event_mail("REQUEST"), {"alice@example.com"}).decisions.at(0).decision.rule == "otherwise");
    const auto from_erin = world.judge(event_mail("REQUEST", "erin@example.org"), {"bob@example.com"});
    CHECK_MESSAGE(from_erin.decisions.at(0).decision.rule == "mine", "the event is known though the calendar is empty");
}

TEST_CASE("an answer of our user makes its event known, unless he declines") {
    for (const auto& [partstat, want] :
         {std::pair{"ACCEPTED", true}, std::pair{"TENTATIVE", true}, std::pair{"DECLINED", false}}) {
        CAPTURE(partstat);
        World world(hold);
        milter::mail::Envelope envelope;
        envelope.auth_login = "bob";
        envelope.recipients = {"carol@example.org"};
        const auto mail = event_mail("REPLY", "bob@example.com", "ORGANIZER:mailto:carol@example.org",
                                     {std::string("ATTENDEE;PARTSTAT=") + partstat + ":mailto:bob@example.com"});
        const auto lesson = world.observe(mail, envelope);
        REQUIRE(lesson);
        CHECK((lesson->uids.size() == 1) == want);
    }
}

TEST_CASE("a reply to an agent address proves that its sender has seen the invitation") {
    World world(
        "policy: [{name: seen, if: {agent: true, known_uid: true}, then: apply}]\notherwise: ignore\n"
        "agent_address: {pattern: \"cal+{token}@example.com\", secret_file: agent.secrets}\n");
    const auto address = world.snapshot().agents->make(*Address::parse("bob@example.com"), "e1@example.org");
    REQUIRE(address);
    const auto reply = [&](const std::string& organizer) {
        return event_mail("REPLY", "carol@example.org", "ORGANIZER:mailto:" + organizer,
                          {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@example.org"});
    };
    const auto judged = world.judge(reply(address->text()), {address->text()});
    REQUIRE(judged.decisions.size() == 1);
    CHECK(judged.decisions[0].user.name == "bob");
    CHECK(judged.decisions[0].decision.rule == "seen");
    const auto job = milter::judging::jobs_of(judged, world.snapshot(), {}, {}).jobs.at(0);
    CHECK(job.address == "bob@example.com");

    const auto other = world.snapshot().agents->make(*Address::parse("bob@example.com"), "e2@example.org");
    CHECK_FALSE_MESSAGE(world.judge(reply(other->text()), {other->text()}).concerns_us, "made for another event");
    CHECK_MESSAGE(world.judge(reply("bob@example.com"), {other->text(), "bob@example.com"}).decisions.size() == 1,
                  "but he was written to himself as well");
    CHECK_MESSAGE(world.judge(event_mail("REQUEST"), {address->text()}).decisions.empty(), "no invitations there");
    CHECK(world.judge(reply("bob@example.com"), {"bob@example.com"}).decisions.at(0).decision.rule == "otherwise");
}
