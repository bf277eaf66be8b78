#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/state/payload.h"
#include "milter/judging/queue/kept_message.h"
#include "milter/judging/queue/unread.h"
#include "tests/milter/judging/world.h"
#include "tests/support/process.h"

using calendar::delivery::Job;
using tests::event_mail;
using tests::World;

namespace {

const calendar::delivery::Time noon{std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + std::chrono::hours(12)};

milter::judging::MailJobs unread(const std::string& message, const milter::mail::Envelope& envelope) {
    return milter::judging::jobs_of_unread(milter::mail::MailOfBytes(message, envelope).mail(), noon,
                                           "no cell became free in time");
}

/// What version 1 has written: this file never changes.
nlohmann::json kept_payload() {
    return nlohmann::json::parse(tests::read_text(std::filesystem::path(TEST_DATA) / "queue" / "unread.json"));
}

Job read(const nlohmann::json& payload) {
    Job job;
    read_payload(job, payload);
    return job;
}

}  // namespace

TEST_CASE("an unread mail is kept once for all recipients, and comes back with its envelope") {
    const milter::mail::Envelope envelope{.queue_id = "Q1",
                                          .client_ip = "192.0.2.7",
                                          .auth_login = "carol",
                                          .from = "carol@example.org",
                                          .recipients = {"bob@example.com", "\"not an address\""}};
    const auto mail = event_mail("REQUEST") + std::string("\xff\0\r\n", 4);
    const auto jobs = unread(mail, envelope);
    REQUIRE(jobs.jobs.size() == 1);
    REQUIRE(jobs.kept.size() == 1);
    const auto& job = jobs.jobs[0];
    CHECK(is_unread(job));
    CHECK_FALSE(job.decided);
    CHECK(job.created == noon);
    CHECK(job.mail == jobs.kept[0].id);
    CHECK(milter::judging::bytes_of_kept_message(jobs.kept[0].text) == mail);
    auto again = read(payload_of(job));
    again.queue_id = job.queue_id;  // a column
    const auto read = milter::judging::envelope_of(again);
    CHECK(read.queue_id == "Q1");
    CHECK(read.client_ip == "192.0.2.7");
    CHECK(read.auth_login == "carol");
    CHECK(read.from == "carol@example.org");
    CHECK(read.recipients == envelope.recipients);
}

TEST_CASE("the row of an unread mail names its recipients, not more than a person reads") {
    struct Case {
        std::size_t recipients;
        std::string wanted;
    };
    const Case cases[] = {
        {1, "the message for 1@example.com is read later: no cell became free in time"},
        {2, "the message for 1@example.com, 2@example.com is read later: no cell became free in time"},
        {7,
         "the message for 1@example.com, 2@example.com, 3@example.com, 4@example.com, 5@example.com and 2 more is read "
         "later: no cell became free in time"},
    };
    for (const auto& c : cases) {
        milter::mail::Envelope envelope{.queue_id = "Q1"};
        for (std::size_t i = 1; i <= c.recipients; ++i)
            envelope.recipients.push_back(std::to_string(i) + "@example.com");
        const auto jobs = unread(event_mail("REQUEST"), envelope);
        REQUIRE(jobs.audit.size() == 1);
        const auto& row = jobs.audit[0];
        CHECK(row.detail == c.wanted);
        CHECK(row.event == "deferred");
        CHECK(row.queue_id == "Q1");
        CHECK(row.job == jobs.jobs.at(0).id);
    }
}

TEST_CASE("an unread mail that version 1 kept is read, also without what an older version did not keep") {
    const auto whole = kept_payload();
    const auto envelope = milter::judging::envelope_of(read(whole));
    CHECK(envelope.recipients == std::vector<std::string>{"bob@example.com", "alice@example.com"});
    CHECK(envelope.from + " " + envelope.auth_login + " " + envelope.client_ip == "carol@example.org carol 192.0.2.7");
    for (const auto& [key, value] : whole.at("facts").items()) {
        CAPTURE(key);
        auto older = whole;
        older["facts"].erase(key);
        older["facts"]["unheard_of"] = {{"a", 1}};
        if (key == "recipients") {
            CHECK_THROWS_MESSAGE(milter::judging::envelope_of(read(older)), "nobody would have it");
            continue;
        }
        CHECK_NOTHROW(milter::judging::envelope_of(read(older)));
    }
}

TEST_CASE("what is decided about a mail that is read later comes too late for the mail itself") {
    struct Case {
        std::string then, wanted;
        std::string recipient = "bob@example.com";
    };
    const Case cases[] = {
        {"apply", "the message was read"},
        {"ignore", "the message was read"},
        {"{mail: reject}", "the message was read; by the rules 'reject', but it is delivered already"},
        {"{mail: discard}", "the message was read; by the rules 'discard', but it is delivered already"},
        {"{mail: quarantine, tag: odd}",
         "the message was read; by the rules 'quarantine', but it is delivered already"},
        {"apply", "the message was read; nothing in it is for the calendar of a local user", "bob@example.net"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.then);
        const World world("policy: [{name: all, if: {method: REQUEST}, then: " + c.then + "}]\notherwise: ignore\n");
        CHECK(milter::judging::detail_of_late(world.judge(event_mail("REQUEST"), {c.recipient})) == c.wanted);
    }
}
