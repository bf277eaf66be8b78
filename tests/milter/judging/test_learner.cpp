#include <future>
#include <latch>

#include <doctest/doctest.h>

#include "milter/judging/learner.h"
#include "tests/milter/judging/world.h"

using milter::judging::Learner;
using milter::judging::Lesson;
using tests::World;

namespace {

constexpr const char* rules = "policy: []\notherwise: ignore\nlearn: {invitations: true, recipients: true}\n";

/// Bob writes to somebody.
Lesson lesson(const World& world, const std::string& to) {
    milter::mail::Envelope envelope;
    envelope.auth_login = "bob";
    envelope.from = "bob@example.com";
    envelope.recipients = {to};
    return milter::judging::lesson_of(
               world.shared_snapshot(),
               milter::mail::MailOfBytes("From: bob@example.com\r\nSubject: x\r\n\r\n", envelope).mail())
        .value();
}

}  // namespace

TEST_CASE("what is offered is learned, also when the end has come") {
    const World world(rules);
    std::vector<std::string> learned;
    {
        Learner learner(world.engine(), [&](const auto& observation, const auto&) {
            learned.push_back(observation.user + " " + observation.correspondents.at(0).text());
        });
        learner.offer(lesson(world, "carol@example.org"));
        learner.offer(lesson(world, "dave@example.org"));
    }
    CHECK(learned == std::vector<std::string>{"bob carol@example.org", "bob dave@example.org"});
}

TEST_CASE("a message with a calendar that nobody looked at is read when it is learned from") {
    const World world(rules);
    std::vector<std::string> uids;
    {
        Learner learner(world.engine(), [&](const auto& observation, const auto&) { uids = observation.uids; });
        auto outgoing = lesson(world, "carol@example.org");
        outgoing.message = tests::event_mail("REQUEST", "bob@example.com", "ORGANIZER:mailto:bob@example.com",
                                             {"ATTENDEE:mailto:carol@example.org"});
        learner.offer(std::move(outgoing));
    }
    CHECK(uids == std::vector<std::string>{"e1@example.org"});
}

TEST_CASE("nobody waits for a learner that is slow, and what is too much is dropped") {
    const World world(rules);
    std::promise<void> begun, go_on;
    int learned = 0;
    {
        Learner learner(world.engine(),
                        [&](const auto&, const auto&) {
                            if (learned++ > 0) return;
                            begun.set_value();
                            go_on.get_future().wait();
                        },
                        {.lessons = 1, .bytes = std::size_t{1} << 20});
        learner.offer(lesson(world, "a@example.org"));
        begun.get_future().wait();
        auto large = lesson(world, "b@example.org");
        large.message.assign(std::size_t{1} << 20, 'x');
        learner.offer(std::move(large));
        learner.offer(lesson(world, "c@example.org"));
        learner.offer(lesson(world, "d@example.org"));
        go_on.set_value();
    }
    CHECK(learned == 2);  // a and c
}

TEST_CASE("a lesson that fails does not end the learner") {
    const World world(rules);
    int learned = 0;
    {
        Learner learner(world.engine(), [&](const auto&, const auto&) {
            if (learned++ == 0) throw std::runtime_error("database is locked");
        });
        learner.offer(lesson(world, "a@example.org"));
        learner.offer(lesson(world, "b@example.org"));
    }
    CHECK(learned == 2);
}
