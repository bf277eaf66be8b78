#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/state/payload.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;

TEST_CASE_FIXTURE(QueueSetting, "a job that cannot be read is given up and does not hold up the others") {
    queue.commit({sample_job("a"), sample_job("b"), for_event("c", "other@example.org")}, {});
    Database(url).run("UPDATE jobs SET payload = '{}' WHERE id = 'a'");
    const auto first = queue.take(noon), second = queue.take(noon);
    CHECK(ids(first) == Texts{"c"});
    CHECK(ids(second) == Texts{"b"});
    CHECK(queue.counts().given_up == 1);
    const auto row = queue.audit(1).at(0);
    CHECK(row.job == "a");
    CHECK(row.event == "given_up");
    CHECK(row.queue_id == "4XYZ");
    CHECK(row.method == "REQUEST");
    CHECK(row.rule == "people I know");
    CHECK(row.detail.starts_with("cannot read this job: "));
    CHECK(row.detail.find("key 'input' not found") != std::string::npos);
}

TEST_CASE_FIXTURE(QueueSetting,
                  "a job that a newer version wrote waits for that, with all of its event, and is not lost") {
    queue.commit({sample_job("a"), sample_job("b"), for_event("c", "other@example.org")}, {});
    auto newer = payload_of(sample_job("a"));
    newer["version"] = 2;
    newer["input"] = "of a shape that nobody knows yet";
    Database(url).run("UPDATE jobs SET payload = :payload WHERE id = 'a'", {newer.dump()});
    CHECK(ids(queue.take(noon)) == Texts{"c"});
    CHECK(queue.take(noon + 59min).empty());
    const auto row = queue.audit(1).at(0);
    CHECK(row.job == "a");
    CHECK(row.event == "retry");
    CHECK(row.detail ==
          "a newer version of imip-milter wrote this job (payload version 2; this version reads 1); it waits for that "
          "version");
    CHECK(row.attempt == 1);
    CHECK(queue.take(noon + 24h * 30).empty());  // however old it becomes
    CHECK(queue.audit(10).size() == 1);
    CHECK(queue.audit(1).at(0).attempt == 2);
    CHECK(queue.counts().waiting == 3);
    CHECK(queue.counts().given_up == 0);
    newer = payload_of(sample_job("a"));
    Database(url).run("UPDATE jobs SET payload = :payload WHERE id = 'a'", {newer.dump()});
    CHECK(ids(queue.take(noon + 24h * 31)) == Texts{"a", "b"});
}

TEST_CASE("what cannot be read stops neither listing nor counting nor dismissing nor housekeeping") {
    for (const char* broken : {"", "{", "[]", "{}", "{\"version\": \"one\"}", "{\"version\": 2}", "\xff"}) {
        CAPTURE(broken);
        QueueSetting setting;
        auto& queue = setting.queue;
        std::vector<Job> jobs{sample_job("broken"), sample_job("dismissed"), sample_job("expired"), sample_job("good")};
        for (auto& job : jobs)
            job.held = true;
        jobs[2].created = noon - 48h;
        jobs.push_back(sample_job("waits"));
        queue.commit(jobs, {});
        Database(setting.url).run("UPDATE jobs SET payload = :payload WHERE id <> 'good'", {std::string(broken)});

        Texts held;
        for (const auto& job : queue.held())
            held.push_back(job.id);
        CHECK(held == Texts{"broken", "dismissed", "expired", "good"});
        const auto item = queue.held().front();
        CHECK(item.created == noon);
        CHECK(Texts{item.queue_id, item.user, item.uid, item.sender, item.recipient, item.method, item.rule,
                    item.place} == Texts{"4XYZ", "bob", "party@example.org", "carol@example.org", "bob@example.com",
                                         "REQUEST", "people I know", "policy.yaml:3:5"});
        CHECK_THROWS_AS(queue.held_job("broken"), std::runtime_error);
        CHECK(queue.held_job("good").value().input.message == "add x");
        CHECK_FALSE(queue.held_job("waits"));
        CHECK(queue.counts().held == 4);
        CHECK(queue.counts().waiting == 1);

        CHECK(queue.dismiss("dismissed", audit_row(queue.held().at(1), "dismissed", noon), noon));
        queue.expire({noon - 24h, noon - 24h, noon - 24h}, noon);
        const auto rows = queue.audit(10);
        REQUIRE(rows.size() == 2);
        CHECK(rows[0].event == "dismissed");
        CHECK(rows[1].event == "expired");
        CHECK(Texts{rows[1].job, rows[1].queue_id, rows[1].user, rows[1].method, rows[1].rule} ==
              Texts{"expired", "4XYZ", "bob", "REQUEST", "people I know"});
        CHECK(queue.counts().held == 2);
        CHECK(queue.take(noon).empty());
        CHECK(queue.audit(1).at(0).job == "waits");
    }
}
