#include <ctime>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "milter/judging/judge.h"
#include "milter/judging/queue/jobs.h"
#include "tests/milter/judging/world.h"

using tests::event_mail;
using tests::World;

namespace {

const char* apply_to_everybody = "policy: [{name: all, if: {method: REQUEST}, then: apply}]\notherwise: ignore\n";

}  // namespace

TEST_CASE("every user among the recipients gets one decision, however often he is named") {
    const World f(apply_to_everybody);
    const auto judged = f.judge(event_mail("REQUEST"), {"bob@example.com", "BOB@example.com", "bob+list@example.com",
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

TEST_CASE("a recipient is our user however the sender writes his address") {
    const World f(apply_to_everybody);
    for (const std::string path : {"\"bob\"@example.com", "\"b\\ob\"@example.com", "@a.example:bob@example.com",
                                   "bob@example.com.", "(x)bob@example.com"}) {
        CAPTURE(path);
        const auto judged = f.judge(event_mail("REQUEST"), {path});
        REQUIRE(judged.decisions.size() == 1);
        CHECK(judged.decisions[0].user.name == "bob");
        CHECK(judged.decisions[0].recipient.text() == "bob@example.com");
    }
}

TEST_CASE("every address of the envelope that leads to a user is his, in any order") {
    const World f(apply_to_everybody, std::string("recipient_delimiter: \"+\"\n") + World::two_users);
    const auto invitation = event_mail("REQUEST", "carol@example.org", "ORGANIZER:mailto:carol@example.org",
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
    CHECK_MESSAGE(judged.decisions[0].user.addresses.size() == 12, "a sender can make up any number of them");
}

TEST_CASE("an answer to one of his addresses that another one received is his") {
    const World f("policy: [{name: answers, if: {method: REPLY}, then: apply}]\notherwise: ignore\n",
                  std::string("recipient_delimiter: \"+\"\n") + World::two_users);
    const auto reply = event_mail("REPLY", "carol@example.org", "ORGANIZER:mailto:bob+x@example.com",
                                  {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@example.org"});
    const auto judged = f.judge(reply, {"bob@example.com", "bob+y@example.com"});
    REQUIRE(judged.decisions.size() == 1);
    std::string got;
    for (const auto& address : judged.decisions[0].user.addresses)
        got += address.text() + " ";
    CHECK(got == "bob@example.com bob+y@example.com bob+x@example.com ");
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
        const auto judged = f.judge(event_mail("REQUEST"), recipients);
        CHECK((judged.mail().mail == want));
        CHECK(judged.mail_is_overruled() == (want == MailAction::deliver));
        CHECK(judged.recipients == recipients.size());
    }
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
        CHECK(f.judge(event_mail("REQUEST"), recipients).decisions.size() == static_cast<std::size_t>(count));
        return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    };
    seconds(10);
    const auto few = seconds(600);
    // Sixteen times as much, and up to four times that for memory that is touched for the first time. What grows with
    // the square would take 256 times as long.
    CHECK_MESSAGE(seconds(9'600) < 128 * few, "the cost of a recipient does not grow with their number");
}
