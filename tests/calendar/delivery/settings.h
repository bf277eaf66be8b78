#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/batch.h"
#include "calendar/delivery/queue.h"
#include "calendar/delivery/state/payload.h"
#include "tests/calendar/delivery/courier_world.h"
#include "tests/calendar/delivery/samples.h"
#include "tests/calendar/delivery/state/place.h"

/// What the tests of the queue, of a batch and of the courier begin with.
namespace tests {

namespace delivery = calendar::delivery;

using Texts = std::vector<std::string>;

/// A queue in a folder of its own. How long a failing target is left alone is told by `clock`.
struct QueueSetting : Place {
    delivery::State state{url};
    std::atomic<int> clock = 0;  // seconds
    delivery::Queue queue{state, [this] { return calendar::base::Deadline(std::chrono::seconds(clock)); }};
};

/// The same with what a courier works with.
struct CourierSetting : QueueSetting {
    CourierWorld world;

    /// The id of a job is its UID too.
    void add(const std::string& id, const std::string& user, const std::string& backend, delivery::Time created) {
        auto job = sample_job(id, "add x", id, created);
        job.user = user;
        job.backend = backend;
        queue.commit({job}, {});
    }
    /// The id of the first job of a take, or `-`.
    std::string take() {
        const auto jobs = queue.take(noon + std::chrono::hours(1));
        return jobs.empty() ? "-" : jobs.front().job.id;
    }
    Texts targets() {
        const std::lock_guard lock(world.mutex);
        return world.targets;
    }
    void give_back(const std::string& id, const std::string& user) { queue.settle(user, id, {}, {}, noon); }
    /// The audit: `JOB event`.
    Texts events() const {
        Texts all;
        for (const auto& row : queue.audit(20))
            all.push_back(row.job + " " + row.event);
        return all;
    }
};

/// Jobs that share their content, and the mail when they are undecided.
struct KeptSetting : CourierSetting {
    const delivery::KeptMessage content{"content", delivery::common_content("add x", {{"uid", "party@example.org"}})};
    const delivery::KeptMessage mail{"mail", std::string(1000, 'm')};

    delivery::Job job(const std::string& id, bool decided) const {
        auto made = sample_job(id, "", id);
        made.content = content.id;
        made.decided = decided;
        if (!decided) {
            made.mail = mail.id;
            made.facts = {{"recipient", "bob@example.com"}};
        }
        return made;
    }
    void commit(const std::vector<delivery::Job>& jobs) {
        queue.commit(jobs, {}, delivery::Database::patience(), {content, mail});
    }
    void settle(const std::string& id, delivery::JobResult::State as) {
        queue.settle("bob", id, {{as, id, noon + std::chrono::hours(1), sample_row(id)}}, {}, noon);
    }
    Texts kept() {
        Texts ids;
        for (const auto& id : {content.id, mail.id})
            if (queue.kept_message(id)) ids.push_back(id);
        return ids;
    }
    std::size_t bytes(delivery::Kept kind) {
        return state.read([kind](delivery::Database& database) { return delivery::kept_bytes(database, kind); });
    }
    long long count(std::string_view sql) {
        return state.read([sql](delivery::Database& database) { return number(database, sql); });
    }
};

inline Texts ids(const std::vector<delivery::QueuedJob>& jobs) {
    Texts all;
    for (const auto& each : jobs)
        all.push_back(each.job.id);
    return all;
}

inline delivery::JobResult done(const std::string& job) {
    return {.state = delivery::JobResult::State::done, .job = job, .audit = sample_row(job, "done")};
}
inline delivery::JobResult waiting(const std::string& job, delivery::Time due) {
    return {.state = delivery::JobResult::State::waiting, .job = job, .due = due, .audit = sample_row(job, "retry")};
}
inline delivery::JobResult given_up(const std::string& job) {
    return {.state = delivery::JobResult::State::given_up, .job = job, .audit = sample_row(job, "given_up")};
}

inline void settle(delivery::Queue& queue, const std::vector<delivery::JobResult>& jobs,
                   const std::string& uid = "party@example.org") {
    queue.settle("bob", uid, jobs, {}, noon);
}

inline delivery::Job for_event(const std::string& id, const std::string& uid, delivery::Time created = noon) {
    return sample_job(id, "add x", uid, created);
}

/// A batch for one calendar in memory.
struct BatchSetting {
    CourierWorld world;
    FakeCalendar& calendar = *world.calendar;
    std::vector<delivery::QueuedJob> jobs;
    std::vector<calendar::itip::ReplyMark> marks;
    std::vector<delivery::JobResult> results;
    calendar::base::Deadline time{};  // as the batch sees it

    delivery::Job& add(const std::string& message) {
        jobs.push_back({sample_job(std::to_string(jobs.size()), message), 0});
        return jobs.back().job;
    }
    void run() {
        delivery::Batch batch(world, marks, [this] { return time; });
        batch.run(jobs);
        results = batch.results();
        for (const auto& mark : batch.mark_changes().keep)
            marks.push_back(mark);
        REQUIRE(batch.mark_changes().forget.empty());
        REQUIRE(results.size() <= jobs.size());
        for (std::size_t i = 0; i < results.size(); ++i)
            CHECK(results[i].job == jobs[i].job.id);
    }
    void there(const std::string& content) { calendar.objects["party@example.org"] = content; }
    std::string object() const {
        const auto found = calendar.objects.find("party@example.org");
        return found == calendar.objects.end() ? "-" : found->second;
    }
    /// Each job as `event outcome reason`, or `retry SECONDS`.
    Texts story() const {
        using State = delivery::JobResult::State;
        Texts all;
        for (const auto& each : results) {
            if (each.state == State::waiting) {
                CHECK(each.audit.event == "retry");
                all.push_back("retry " + std::to_string((each.due - noon).count()));
            } else {
                CHECK((each.state == State::given_up) == (each.audit.event == "given_up"));
                auto line = each.audit.event;
                for (const auto& word : {each.audit.outcome, each.audit.reason})
                    if (!word.empty()) line += " " + word;
                all.push_back(line);
            }
        }
        return all;
    }
};

}  // namespace tests
