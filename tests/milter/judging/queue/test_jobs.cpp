#include <algorithm>
#include <list>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/queue.h"
#include "calendar/delivery/state/payload.h"
#include "milter/authentication/dkim/dkim.h"
#include "milter/judging/queue/deferred.h"
#include "milter/judging/queue/jobs.h"
#include "milter/judging/queue/kept_message.h"
#include "milter/mta/reply.h"
#include "tests/milter/judging/far_book.h"
#include "tests/milter/judging/world.h"
#include "tests/support/keys.h"

using calendar::delivery::DeferredDecision;
using calendar::delivery::Job;
using calendar::delivery::Kept;
using milter::judging::jobs_of;
using milter::judging::MailJobs;
using tests::event_mail;
using tests::World;

namespace {

const std::string proven = "policy: [{name: proven, if: {authenticated: true}, then: apply}]\notherwise: ignore\n";
const std::string look = "policy: [{name: look, if: {method: REQUEST}, then: hold}]\notherwise: ignore\n";
const std::string nothing = "policy: []\notherwise: ignore\n";

/// A mail with a signature that nobody can verify: a header with so many long fields, and as many lines in its event.
std::string signed_mail(std::size_t more_lines = 0) {
    std::string padding;
    std::vector<std::string> lines{"ATTENDEE:mailto:bob@example.com", "ATTENDEE:mailto:alice@example.com"};
    for (std::size_t i = 0; i < more_lines; ++i) {
        padding += "X-Padding: " + std::string(900, 'x') + "\n";
        lines.push_back(fmt::format("X-PADDING-{}:", i) + std::string(900, 'x'));
    }
    return "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=s1; h=from;\r\n"
           " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n" +
           event_mail("REQUEST", "carol@example.org", "ORGANIZER:mailto:carol@example.org", lines, padding);
}

struct Setting {
    World world;
    std::string mail;
    milter::judging::Judgement judgement;

    Setting(const std::string& rules, std::string message, std::vector<std::string> recipients)
        : world(rules), mail(std::move(message)) {
        world.changeable().dkim = std::make_unique<milter::authentication::DkimVerifier>(
            world.snapshot().config.authentication, std::make_unique<tests::Keys>([](const std::string&) {
                return milter::authentication::KeyTrouble{"SERVFAIL"};
            }));
        judgement = world.judge(mail, std::move(recipients));
    }
    MailJobs jobs() const { return jobs_of(judgement, world.snapshot(), {}, {}, mail); }
    MailJobs jobs_with_room(const milter::judging::Reserve& reserve) {
        return milter::judging::jobs_with_room(judgement, world.snapshot(), milter::mail::MailOfBytes(mail, {}).mail(),
                                               {}, reserve);
    }
    std::string outcome() const { return milter::mta::reply_to(judgement, world.snapshot()).outcome; }
};

}  // namespace

TEST_CASE("a mail and its message are kept once for all recipients, and the jobs come back whole") {
    Setting setting(proven, signed_mail(700), {"bob@example.com", "alice@example.com"});
    const auto jobs = setting.jobs();
    CHECK(setting.mail.size() > 1024 * 1024);
    REQUIRE(jobs.jobs.size() == 2);
    REQUIRE(jobs.kept.size() == 2);
    for (const auto& job : jobs.jobs) {
        CHECK_FALSE(job.decided);
        CHECK(job.mail == milter::judging::kept_message(setting.mail).id);
        CHECK(job.content == jobs.jobs[0].content);
        CHECK(job.input.message.empty());
        CHECK(calendar::delivery::payload_of(job).dump().size() < 2000);
        Job again;
        const auto content = std::ranges::find(jobs.kept, job.content, &calendar::delivery::KeptMessage::id);
        REQUIRE(content != jobs.kept.end());
        read_payload(again, calendar::delivery::with_common_content(payload_of(job), content->text));
        CHECK(again.input.message == setting.judgement.decisions[0].message->content);
        CHECK(again.facts->at("message") == milter::judging::saved_message(*setting.judgement.decisions[0].message));
    }
}

TEST_CASE("what waits only for the key of the sender's domain waits for an hour") {
    for (const std::string fact : {"authenticated: true", "signed_by: example.org", "content_type_signed: true"}) {
        INFO("a rule asks for ", fact);
        Setting setting("policy: [{name: proven, if: {" + fact + "}, then: apply}]\notherwise: ignore\n", signed_mail(),
                        {"bob@example.com"});
        const auto jobs = setting.jobs();
        REQUIRE(jobs.jobs.size() == 1);
        CHECK(jobs.jobs[0].content.empty());
        CHECK_FALSE(jobs.jobs[0].input.message.empty());
        std::vector<std::string> asked;
        const auto late =
            setting.world.decide(jobs.jobs[0], std::nullopt, [&](const std::string& id, calendar::base::Deadline) {
                asked.push_back(id);
                milter::authentication::Authentication proof;
                proof.temporary = asked.size() == 1;
                proof.authenticated = !proof.temporary;
                return std::optional(proof);
            });
        CHECK(asked == std::vector{jobs.jobs[0].mail});
        CHECK((late.kind == DeferredDecision::Kind::undecided));
        CHECK((late.give_up_after == std::chrono::hours(1)));
    }
}

TEST_CASE("what waits for an address book of ours too waits as long as that") {
    Setting setting(
        "policy: [{name: known, if: {any: [{authenticated: true}, {address_book: true}]}, then: apply}]\n"
        "otherwise: ignore\n",
        signed_mail(), {"bob@example.com"});
    const auto job = setting.jobs().jobs.at(0);
    setting.world.changeable().address_books.push_back(std::make_unique<tests::FarBook>(&tests::no_answer));
    const auto late = setting.world.decide(job);
    CHECK((late.kind == DeferredDecision::Kind::undecided));
    CHECK_FALSE(late.give_up_after);
}

TEST_CASE("of all that is ignored for a recipient there is one audit row") {
    Setting setting(nothing, event_mail("REQUEST"), {"bob@example.com", "alice@example.com"});
    REQUIRE(setting.judgement.decisions.size() == 2);
    std::list<calendar::itip::ItipMessage> events;
    for (int i = 0; i < 3; ++i) {
        auto& event = events.emplace_back(*setting.judgement.decisions[0].message);
        event.uid = std::to_string(i);
        auto another = setting.judgement.decisions[0];
        another.message = &event;
        setting.judgement.decisions.push_back(another);
    }
    const auto rows = setting.jobs().audit;
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].user == "bob");
    CHECK(rows[0].uid == "e1@example.org");
    CHECK(rows[0].detail.ends_with("; so are 3 more events"));
    CHECK(rows[1].user == "alice");
    CHECK(rows[1].detail.find("more events") == std::string::npos);
}

TEST_CASE("what there is no room for is an ordinary message, and the header field says so") {
    struct Case {
        const char* name;
        const std::string& rules;
        Kept kind;
        const char* with_room;
    };
    for (const auto& c :
         {Case{"undecided", proven, Kept::undecided, "pending"}, Case{"held", look, Kept::held, "held"}}) {
        CAPTURE(c.name);
        Setting setting(c.rules, signed_mail(), {"bob@example.com", "alice@example.com"});
        CHECK(setting.outcome() == c.with_room);
        std::size_t wanted = 0;
        const auto fits = setting.jobs_with_room([&](Kept kind, std::size_t bytes, const std::string& domain) {
            CHECK(domain == (kind == Kept::held ? "example.org" : ""));  // not proven yet
            CHECK((kind == c.kind));
            wanted = bytes;
            return true;
        });
        CHECK(fits.full.empty());
        CHECK(fits.jobs.size() == 2);
        std::size_t kept = 0;
        for (const auto& message : fits.kept)
            kept += message.text.size();
        CHECK(wanted > kept);
        CHECK(setting.outcome() == c.with_room);

        const auto full = setting.jobs_with_room([](Kept, std::size_t, const std::string&) { return false; });
        CHECK((full.full == std::vector{c.kind}));
        CHECK(full.jobs.empty());
        CHECK(full.kept.empty());
        REQUIRE(full.audit.size() == 2);
        CHECK(full.audit[0].event == "decided");
        CHECK(full.audit[0].outcome == "ignore");
        CHECK(full.audit[0].detail == full_detail(c.kind));
        CHECK(setting.outcome() == "ignored");
    }
}

TEST_CASE("nothing is held of a sender who is not the organizer") {
    struct Case {
        const char* from;
        const char* outcome;
    };
    for (const auto& c : {Case{"carol@example.org", "held"}, Case{"alice@example.com", "refused"},
                          Case{"mallory@example.net", "ignored"}}) {
        CAPTURE(c.from);
        Setting setting(look, event_mail("REQUEST", c.from), {"bob@example.com"});
        CHECK(setting.outcome() == c.outcome);
    }
}

TEST_CASE("a reply is of the attendee who sends it, or of any whom it names") {
    struct Case {
        const char* from;
        std::vector<std::string> answering;
    };
    const std::string apply = "policy: [{name: all, if: {method: [REPLY, REQUEST]}, then: apply}]\notherwise: ignore\n";
    for (const auto& c :
         {Case{"dave@example.org", {"dave@example.org"}}, Case{"assistant@example.org", {"erin@example.org"}},
          Case{"system@example.org", {"dave@example.org", "erin@example.org"}}}) {
        CAPTURE(c.from);
        const std::vector<std::string> attendees{
            "ATTENDEE:mailto:dave@example.org",
            "ATTENDEE;SENT-BY=\"mailto:assistant@example.org\":mailto:erin@example.org"};
        Setting setting(apply, event_mail("REPLY", c.from, "ORGANIZER:mailto:bob@example.com", attendees),
                        {"bob@example.com"});
        setting.judgement.decisions.at(0).refused.reset();  // as with a calendar that is not asked at once
        const auto jobs = setting.jobs().jobs;
        REQUIRE(jobs.size() == 1);
        CHECK(jobs[0].answering == c.answering);
    }
    const Setting request(apply, event_mail("REQUEST"), {"bob@example.com"});
    CHECK(request.jobs().jobs.at(0).answering.empty());
}
