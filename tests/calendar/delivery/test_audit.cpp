#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace tests;
using Setting = BatchSetting;

TEST_CASE_FIXTURE(QueueSetting, "audit rows come back whole, the newest last") {
    const AuditRow row{noon, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11\n\"'", 12};
    queue.commit({}, {sample_row("a"), sample_row("b"), row});
    const auto rows = queue.audit(2);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].job == "b");
    const auto& got = rows[1];
    CHECK(got.time == noon);
    CHECK(got.attempt == 12);
    CHECK(Texts{got.queue_id, got.job, got.user, got.uid, got.method, got.event, got.outcome, got.reason, got.rule,
                got.place, got.detail} == Texts{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11\n\"'"});
}

TEST_CASE_FIXTURE(QueueSetting, "of the tries of a job that did not end it the newest has a row, with its number") {
    queue.commit({sample_job("a"), sample_job("b")}, {sample_row("a"), sample_row("b")});
    const auto tried = [&](JobResult result, std::size_t attempt, const std::string& trouble) {
        result.audit.attempt = attempt;
        result.audit.detail = trouble;
        settle(queue, {result});
    };
    const auto story = [&] {
        Texts all;
        for (const auto& row : queue.audit(20))
            all.push_back(fmt::format("{} {} {} {}", row.job, row.event, row.attempt, row.detail));
        return all;
    };
    tried(waiting("a", noon), 1, "503");
    tried(waiting("b", noon), 1, "504");
    for (std::size_t attempt = 2; attempt < 20; ++attempt)
        tried(waiting("a", noon), attempt, "401");
    CHECK(story() == Texts{"a decided 0 detail", "b decided 0 detail", "b retry 1 504", "a retry 19 401"});
    tried(given_up("a"), 20, "401");
    tried(done("b"), 2, "new");
    CHECK(story() == Texts{"a decided 0 detail", "b decided 0 detail", "b retry 1 504", "a retry 19 401",
                           "a given_up 20 401", "b done 2 new"});
}

TEST_CASE_FIXTURE(QueueSetting, "of what is decided late not to be done one row is left for each mail and user") {
    const auto of = [](const std::string& id, const std::string& mail, const std::string& user, const char* event) {
        auto row = sample_row(id, event);
        row.queue_id = mail;
        row.user = user;
        return row;
    };
    const auto left = [&](const std::string& id, const std::string& mail, const std::string& user) {
        auto job = sample_job(id, "add x", id);
        job.user = user;
        job.decided = false;
        queue.commit({job}, {of(id, mail, user, "deferred")});
        REQUIRE(queue.take(noon).size() == 1);
        queue.settle(user, id, {{JobResult::State::waiting, id, noon, of(id, mail, user, "retry")}}, {}, noon);
        REQUIRE(queue.take(noon).size() == 1);
        queue.settle(user, id, {{JobResult::State::left, id, {}, of(id, mail, user, "left")}}, {}, noon);
    };
    queue.commit({}, {of("", "M1", "bob", "decided"), of("z", "M1", "bob", "done")});
    for (const std::string id : {"a", "b", "c"})
        left(id, "M1", "bob");
    left("d", "M1", "alice");
    left("e", "M2", "bob");
    left("f", "", "bob");
    left("g", "", "bob");
    Texts all;
    for (const auto& row : queue.audit(100))
        all.push_back(fmt::format("{} {} {} {}", row.event, row.queue_id, row.user, row.job));
    CHECK(all == Texts{"decided M1 bob ", "done M1 bob z", "left M1 bob c", "left M1 alice d", "left M2 bob e",
                       "left  bob f", "left  bob g"});
    state.read([](Database& reader) {
        CHECK_MESSAGE(texts(reader, "SELECT id FROM jobs") == Texts{}, "the same mail again is looked at again");
    });
}

TEST_CASE("an audit row names the mail, the event and the rule") {
    Setting setting;
    setting.add("add a");
    setting.run();
    const auto& row = setting.results[0].audit;
    CHECK(row.time == noon);
    CHECK(Texts{row.queue_id, row.job, row.user, row.uid, row.method, row.rule, row.place, row.detail} ==
          Texts{"4XYZ", "0", "bob", "party@example.org", "REQUEST", "people I know", "policy.yaml:3:5", "new"});
}

TEST_CASE("an audit row says where else the event is") {
    struct Twice : FakeCalendar {
        Result<std::optional<Stored>> fetch(const Owner& owner, const std::string& uid,
                                            calendar::base::Deadline deadline) override {
            auto found = FakeCalendar::fetch(owner, uid, deadline);
            if (found && *found) (*found)->also = "/dav/bob/work/x.ics";
            return found;
        }
    };
    const auto twice = std::make_shared<Twice>();
    twice->objects["party@example.org"] = "a";
    Setting setting;
    for (const char* message : {"add b", "same", "refuse", "remove"})
        setting.add(message);
    setting.world.find_connector = [&](const std::string&) { return twice; };
    setting.run();
    Texts details;
    for (const auto& each : setting.results)
        details.push_back(each.audit.detail);
    const std::string also = "; the same UID is also at /dav/bob/work/x.ics";
    CHECK(details == Texts{"more" + also, "again" + also, "own" + also, "gone" + also});
}
