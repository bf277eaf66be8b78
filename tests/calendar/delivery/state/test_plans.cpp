#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;
using As = JobResult::State;

namespace {

/// What reads a whole table, as SQLite would carry the statement out.
Texts scans(Database& database, const std::string& sql) {
    // One row, a few users or senders one after the other, and what is asked once at the start.
    const std::set<std::string> small{"SCAN CONSTANT ROW", "SCAN steps", "SCAN sqlite_master"};
    Texts found;
    using Type = Database::Type;
    database.rows("EXPLAIN QUERY PLAN " + sql, {Type::integer, Type::integer, Type::integer, Type::text}, {},
                  [&](Database::Row& row) {
                      const auto& step = std::get<std::string>(row[3]);
                      const bool is_whole = step.starts_with("SCAN ") && step.find(" USING ") == std::string::npos;
                      const bool makes_index = step.find("AUTOMATIC") != std::string::npos;
                      if ((is_whole || makes_index) && !small.contains(step)) found.push_back(step + " in: " + sql);
                      return true;
                  });
    return found;
}

bool is_explained(std::string_view sql) {
    for (const std::string_view verb : {"SELECT ", "WITH ", "INSERT ", "UPDATE ", "DELETE "})
        if (sql.starts_with(verb)) return true;
    return false;
}

/// Everything that a mail, a take, a settling, a person and housekeeping ask of the state.
struct Scenario : KeptSetting {
    void come() {
        auto held = job("held", true), other = job("other", true), nobodys = job("nobody's", false);
        held.held = other.held = true;
        nobodys.user.clear();
        nobodys.backend.clear();
        auto fails = job("fails", true);
        fails.backend = "failing";
        for (const auto kind : {Kept::undecided, Kept::held})
            REQUIRE(queue.reserve(kind, 1, 1'000'000));
        queue.commit({job("done", true), job("retried", true), job("given up", true), job("late", false), held, other,
                      nobodys, fails},
                     {sample_row("done")}, Database::patience(), {content, mail});
    }
    void go() {
        queue.note({"failing", ""}, TargetState::failing);
        ++clock;
        for (auto jobs = queue.take(noon); !jobs.empty(); jobs = queue.take(noon)) {
            queue.next_due();
            const auto& [id, user, uid] = std::tie(jobs[0].job.id, jobs[0].job.user, jobs[0].job.uid);
            const ReplyMark mark{"carol@example.org", "", 1, "x"}, other{"dave@example.org", "", 1, "x"};
            queue.marks(user, uid);
            queue.marks(user, uid, Texts{"carol@example.org"});
            JobResult result{.state = id == "retried"    ? As::waiting
                                      : id == "given up" ? As::given_up
                                      : id == "late"     ? As::held
                                                         : As::done,
                             .job = id,
                             .due = noon + 1h,
                             .audit = sample_row(id, id == "retried" ? "retry" : "done"),
                             .has_event = id == "done"};
            if (id == "nobody's")
                result.successors = calendar::delivery::Successors{.jobs = {job("somebody's", false)}};
            queue.settle(user, uid, {result}, {{mark}, {other}}, noon);
        }
        CHECK(queue.counts().held == 3);
    }
    void end() {
        auto released = queue.held_job("held").value();
        released.held = false;
        CHECK(queue.release(released, sample_row("held"), noon));
        CHECK(queue.dismiss("other", sample_row("other"), noon));
        CHECK(queue.held().size() == 1);
        for (int failures = 0; failures < 4; ++failures, clock += 60)
            queue.note({"failing", ""}, TargetState::failing);
        CHECK(queue.note({"failing", ""}, TargetState::working, noon));  // wakes what waits for it
        commit({job("given up", true)});                                 // the same mail again
        settle("given up", As::given_up);
        queue.expire({noon + 1h, noon + 1h, noon + 1h, 1h, noon + 1h}, noon);
        CHECK(queue.counts().held == 0);
        CHECK(queue.counts().given_up == 0);
    }

  private:
    using ReplyMark = calendar::itip::ReplyMark;
};

}  // namespace

TEST_CASE("nothing that is asked of the state reads a whole table") {
    Scenario scenario;
    scenario.come();
    scenario.go();
    scenario.end();
    std::size_t explained = 0;
    const auto explain = [&explained](Database& database) {
        for (const auto& sql : database.statements()) {
            if (!is_explained(sql)) continue;
            ++explained;
            CHECK(scans(database, sql) == Texts{});
        }
    };
    scenario.state.read(explain);
    scenario.state.writer().write(explain);
    CHECK_MESSAGE(explained > 45, "the scenario leaves something out");
}
