#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/state/payload.h"
#include "milter/judging/queue/deferred.h"
#include "milter/judging/queue/jobs.h"
#include "tests/milter/judging/far_book.h"
#include "tests/milter/judging/world.h"
#include "tests/support/process.h"

using calendar::delivery::DeferredDecision;
using calendar::delivery::Job;

namespace {

/// An invitation that was deferred because the address book did not answer, and one that does.
struct Setting {
    calendar::base::Found<bool> answer = tl::unexpected<std::string>("it does not answer");
    calendar::base::Deadline asked_until{};
    tests::World world{"policy: [{name: known, if: {address_book: true}, then: apply}]\notherwise: ignore\n"};
    Job job;

    Setting() {
        world.changeable().address_books.push_back(
            std::make_unique<tests::FarBook>([this](calendar::base::Deadline deadline) {
                asked_until = deadline;
                return answer;
            }));
        const auto judged = world.judge(tests::event_mail("REQUEST"), {"bob@example.com"});
        job = milter::judging::jobs_of(judged, world.snapshot(), {}, {}).jobs.at(0);
        answer = true;
    }
    DeferredDecision::Kind decide(const nlohmann::json& payload) {
        Job kept;  // with what the columns of the queue hold
        kept.user = job.user;
        kept.uid = job.uid;
        kept.backend = job.backend;
        kept.method = job.method;
        read_payload(kept, payload);
        return world.decide(kept).kind;
    }
};

/// What version 1 has written: this file never changes.
nlohmann::json kept_payload() {
    return nlohmann::json::parse(tests::read_text(std::filesystem::path(TEST_DATA) / "queue" / "undecided.json"));
}

}  // namespace

TEST_CASE("a deferred job that version 1 kept is decided") {
    Setting setting;
    const auto written = payload_of(setting.job).flatten();  // there may be more than then
    const auto kept = kept_payload().flatten();
    for (const auto& [key, value] : kept.items())
        CHECK_MESSAGE(written.value(key, nlohmann::json("missing")) == value, key);
    CHECK((setting.decide(kept_payload()) == DeferredDecision::Kind::apply));
}

TEST_CASE("a deferred job is decided without what an older version did not keep, and with what is unknown") {
    Setting setting;
    for (const std::string place : {"/facts", "/facts/evidence", "/facts/message"}) {
        const nlohmann::json::json_pointer at(place);
        const auto whole = kept_payload();
        for (const auto& [key, value] : whole.at(at).items()) {
            CAPTURE(place);
            CAPTURE(key);
            auto older = whole;
            older.at(at).erase(key);
            older.at(at)["unheard_of"] = {{"a", 1}};
            if (key == "message" || key == "objects") {
                CHECK_THROWS(setting.decide(older));  // who it is from and for is in there
                continue;
            }
            CHECK((setting.decide(older) == DeferredDecision::Kind::apply));
        }
    }
}

TEST_CASE(
    "a deferred job whose message an earlier build kept with the escapes of its UID is about the event all the same") {
    Setting setting;
    tests::World world("policy: [{name: known, if: {known_uid: true}, then: apply}]\notherwise: ignore\n");
    world.memory().learn({.user = "bob", .uids = {"a;b"}, .correspondents = {}}, {}, {});
    auto payload = kept_payload();
    payload["facts"]["message"]["uid"] = "a\\;b";
    setting.job.uid = "a;b";
    read_payload(setting.job, payload);
    CHECK((world.decide(setting.job).kind == DeferredDecision::Kind::apply));
}

TEST_CASE("all that a late decision asks is asked until the same deadline") {
    Setting setting;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
    auto engine = setting.world.engine();
    calendar::base::Deadline described_until{}, proven_until{};
    engine.describe = [&](std::string_view, calendar::base::Deadline until) {
        described_until = until;
        return calendar::itip::StoredObject();
    };
    setting.job.mail = "kept";
    milter::judging::decide_deferred(setting.job, calendar::connectors::Stored{"e1.ics", "1", "the event"},
                                     {.snapshot = setting.world.snapshot(),
                                      .engine = engine,
                                      .deadline = deadline,
                                      .proof_of = [&](const std::string&, calendar::base::Deadline until) {
                                          proven_until = until;
                                          return std::optional<milter::authentication::Authentication>();
                                      }});
    CHECK(described_until == deadline);
    CHECK(proven_until == deadline);
    CHECK(setting.asked_until == deadline);
}
