#include "tests/calendar/delivery/settings.h"

#include <mutex>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/batch.h"
#include "calendar/delivery/state/payload.h"

namespace tests {

void CourierSetting::add(const std::string& id, const std::string& user, const std::string& backend,
                         delivery::Time created) {
    auto job = sample_job(id, "add x", id, created);
    job.user = user;
    job.backend = backend;
    queue.commit({job}, {});
}

std::string CourierSetting::take() {
    const auto jobs = queue.take(noon + std::chrono::hours(1));
    return jobs.empty() ? "-" : jobs.front().job.id;
}

Texts CourierSetting::targets() {
    const std::lock_guard lock(world.mutex);
    return world.targets;
}

Texts CourierSetting::events() const {
    Texts all;
    for (const auto& row : queue.audit(20))
        all.push_back(row.job + " " + row.event);
    return all;
}

KeptSetting::KeptSetting()
    : content{"content", delivery::common_content("add x", nlohmann::json{{"uid", "party@example.org"}})} {}

delivery::Job KeptSetting::job(const std::string& id, bool decided) const {
    auto made = sample_job(id, "", id);
    made.content = content.id;
    made.decided = decided;
    if (!decided) {
        made.mail = mail.id;
        made.facts = nlohmann::json{{"recipient", "bob@example.com"}};
    }
    return made;
}

void KeptSetting::commit(const std::vector<delivery::Job>& jobs) {
    queue.commit(jobs, {}, delivery::Database::patience(), {content, mail});
}

void KeptSetting::settle(const std::string& id, delivery::JobResult::State as) {
    queue.settle("bob", id, {{as, id, noon + std::chrono::hours(1), sample_row(id)}}, {}, noon);
}

Texts KeptSetting::kept() {
    Texts ids;
    for (const auto& id : {content.id, mail.id})
        if (queue.kept_message(id)) ids.push_back(id);
    return ids;
}

std::size_t KeptSetting::bytes(delivery::Kept kind) {
    return state.read([kind](delivery::Database& database) { return delivery::kept_bytes(database, kind); });
}

long long KeptSetting::count(std::string_view sql) {
    return state.read([sql](delivery::Database& database) { return number(database, sql); });
}

Texts ids(const std::vector<delivery::QueuedJob>& jobs) {
    Texts all;
    for (const auto& each : jobs)
        all.push_back(each.job.id);
    return all;
}

delivery::JobResult done(const std::string& job) {
    return {.state = delivery::JobResult::State::done, .job = job, .audit = sample_row(job, "done")};
}

delivery::JobResult waiting(const std::string& job, delivery::Time due) {
    return {.state = delivery::JobResult::State::waiting, .job = job, .due = due, .audit = sample_row(job, "retry")};
}

delivery::JobResult given_up(const std::string& job) {
    return {.state = delivery::JobResult::State::given_up, .job = job, .audit = sample_row(job, "given_up")};
}

void settle(delivery::Queue& queue, const std::vector<delivery::JobResult>& jobs, const std::string& uid) {
    queue.settle("bob", uid, jobs, {}, noon);
}

delivery::Job for_event(const std::string& id, const std::string& uid, delivery::Time created) {
    return sample_job(id, "add x", uid, created);
}

delivery::Job& BatchSetting::add(const std::string& message) {
    jobs.push_back({sample_job(std::to_string(jobs.size()), message), 0});
    return jobs.back().job;
}

void BatchSetting::run() {
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

std::string BatchSetting::object() const {
    const auto found = calendar.objects.find("party@example.org");
    return found == calendar.objects.end() ? "-" : found->second;
}

Texts BatchSetting::story() const {
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

}  // namespace tests
