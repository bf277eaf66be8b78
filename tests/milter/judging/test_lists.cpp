#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "milter/judging/judge.h"
#include "milter/judging/queue/jobs.h"
#include "tests/milter/judging/world.h"

using tests::event_mail;
using tests::World;

namespace {

const std::string rules =
    "policy: [{name: all, if: {method: [REQUEST, REPLY]}, then: apply}]\notherwise: ignore\nrecipient_delimiter: "
    "\"+\"\n";
const std::string users =
    "users: [{static: [{user: bob, addresses: [bob@example.com, team@example.com]}, {user: alice, addresses: "
    "[team@example.com, alice@example.com]}, {user: erin, addresses: [erin@example.com]}]}]\n";

using Texts = std::vector<std::string>;

std::string invitation(const Texts& invited) {
    Texts lines;
    for (const auto& address : invited)
        lines.push_back("ATTENDEE:mailto:" + address);
    return event_mail("REQUEST", "carol@example.org", "ORGANIZER:mailto:carol@example.org", lines);
}

/// "bob created, alice not_addressed": what becomes of the message for each user.
std::string became(const World& world, const std::string& message, const Texts& recipients) {
    const auto judged = world.judge(message, recipients);
    if (const auto* refusal = judged.refusal()) return std::string(word(refusal->reason));
    const auto made = jobs_of(judged, world.snapshot(), {}, {});
    std::string text;
    for (const auto& decided : judged.decisions) {
        text += (text.empty() ? "" : ", ") + decided.user.name;
        if (decided.refused) text += fmt::format(" {}", word(decided.refused->reason));
        for (auto job : made.jobs) {
            if (job.user != decided.user.name) continue;
            if (!job.content.empty()) job.input.message = decided.message->content;
            const auto outcome = calendar::itip::apply(job.input);
            text += fmt::format(" {}", outcome.kind == calendar::itip::Outcome::Kind::refused ? word(outcome.reason)
                                                                                              : word(outcome.kind));
        }
    }
    return text;
}

/// That many addresses of our domain that are nobody's, and then the list.
Texts strangers_and_team(std::size_t strangers) {
    Texts all;
    for (std::size_t i = 0; i < strangers; ++i)
        all.push_back(fmt::format("nobody{}@example.com", i));
    all.emplace_back("team@example.com");
    return all;
}

}  // namespace

TEST_CASE("an address of several users is a list") {
    struct Row {
        const char* sentence;
        Texts invited, recipients;
        std::string want;
    };
    const Row rows[] = {
        {"each has a copy", {"team@example.com"}, {"team@example.com"}, "bob created, alice created"},
        {"written to with an extension", {"team@example.com"}, {"team+x@example.com"}, "bob created, alice created"},
        {"a member who is written to as well has one decision",
         {"team@example.com"},
         {"bob@example.com", "team@example.com"},
         "bob created, alice created"},
        {"the same in the other order",
         {"bob@example.com"},
         {"team@example.com", "bob@example.com"},
         "bob created, alice not_addressed"},
        {"a list that is not invited",
         {"erin@example.com"},
         {"team@example.com"},
         "bob not_addressed, alice not_addressed"},
        {"who is on none of the lists", {"team@example.com"}, {"erin@example.com"}, "erin not_addressed"},
        {"an address of one user is no list", {"alice@example.com"}, {"erin@example.com"}, "erin not_addressed"},
        {"a list of others", {"team@example.org"}, {"alice@example.com"}, "alice not_addressed"},
    };
    const World world(rules, users);
    for (const auto& row : rows) {
        CAPTURE(row.sentence);
        CHECK(became(world, invitation(row.invited), row.recipients) == row.want);
    }
}

TEST_CASE("a member whom another server put in the place of a list is found among its members") {
    // Neither bob nor alice has the list among their own addresses.
    const World world(rules,
                      "users: [{static: [{user: bob, addresses: [bob@example.com]}, {user: alice, addresses: "
                      "[alice@example.com]}, {user: erin, addresses: [erin@example.com]}]}, {static: [{user: bob, "
                      "addresses: [team@example.com, team@example.org]}, {user: alice, addresses: [team@example.com, "
                      "team@example.org]}]}]\n");
    struct Row {
        const char* sentence;
        Texts invited, recipients;
        std::string want;
    };
    const Row rows[] = {
        {"one of them", {"team@example.com"}, {"alice@example.com"}, "alice created"},
        {"both", {"team@example.com"}, {"alice@example.com", "bob@example.com"}, "alice created, bob created"},
        {"who is on none of the lists", {"team@example.com"}, {"erin@example.com"}, "erin not_addressed"},
        {"an address of one user is no list", {"bob@example.com"}, {"alice@example.com"}, "alice not_addressed"},
        {"a list of another domain is not looked up",
         {"team@example.org"},
         {"alice@example.com"},
         "alice not_addressed"},
        {"the twentieth that is looked up", strangers_and_team(19), {"alice@example.com"}, "alice created"},
        {"and the one after", strangers_and_team(20), {"alice@example.com"}, "alice not_addressed"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sentence);
        CHECK(became(world, invitation(row.invited), row.recipients) == row.want);
    }
    const auto judged = world.judge(invitation({"team@example.com"}), {"alice@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    CHECK(jobs_of(judged, world.snapshot(), {}, {}).jobs.at(0).input.envelope_recipient->text() == "team@example.com");
}

TEST_CASE("every member of a list counts as a decision") {
    const World two(rules + "limits: {decisions: 2}\n", users);
    CHECK(became(two, invitation({"team@example.com"}), {"team@example.com"}) == "bob created, alice created");
    const World one(rules + "limits: {decisions: 1}\n", users);
    CHECK(became(one, invitation({"team@example.com"}), {"team@example.com"}) == "too_complex");
}

TEST_CASE("a rule can tell a list") {
    const World world("policy: [{name: lists, if: {recipient_is: list}, then: apply}]\notherwise: ignore\n", users);
    const auto judged = world.judge(invitation({"team@example.com"}), {"team@example.com"});
    REQUIRE(judged.decisions.size() == 2);
    for (const auto& decided : judged.decisions)
        CHECK(decided.decision.rule == "lists");
}

TEST_CASE("a reply to a list that organizes is for each member") {
    const World world(rules, users);
    const auto judged = world.judge(event_mail("REPLY", "carol@example.org", "ORGANIZER:mailto:team@example.com",
                                               {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@example.org"}),
                                    {"team@example.com"});
    REQUIRE(judged.decisions.size() == 2);
    for (const auto& job : jobs_of(judged, world.snapshot(), {}, {}).jobs)
        CHECK(job.input.envelope_recipient->text() == "team@example.com");
}

TEST_CASE("a message for a list that cannot be looked up now becomes a job for each member") {
    // Nobody listens on port 1.
    const World silent(
        rules, "users: [{ldap: {url: \"ldap://127.0.0.1:1\", base: \"dc=example\", filter: \"(mail={address})\"}}]\n");
    const auto orders =
        jobs_of(silent.judge(invitation({"team@example.com"}), {"team@example.com"}), silent.snapshot(), {}, {});
    REQUIRE(orders.jobs.size() == 1);
    const World world(rules, users);
    const auto found =
        milter::judging::jobs_for_users(orders.jobs[0], world.snapshot(), calendar::base::Deadline::max());
    REQUIRE((found && found->jobs.size() == 2));
    REQUIRE(found->kept.size() == 1);
    Texts names;
    for (const auto& job : found->jobs) {
        names.push_back(job.user);
        CHECK(job.content == found->kept[0].id);
        CHECK((world.decide(job).kind == calendar::delivery::DeferredDecision::Kind::apply));
    }
    CHECK(names == Texts{"bob", "alice"});
}
