#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "calendar/delivery/courier.h"
#include "tests/calendar/delivery/samples.h"

namespace tests {

using calendar::base::Conflict;
using calendar::base::Owner;
using calendar::base::Permanent;
using calendar::base::Result;
using calendar::base::Temporary;
using calendar::base::Trouble;
using calendar::connectors::Stored;

/// A calendar in memory that says what it was asked, and fails when told to.
class FakeCalendar : public calendar::connectors::Connector {
  public:
    Result<std::optional<Stored>> fetch(const Owner&, const std::string& uid, calendar::base::Deadline) override {
        const std::lock_guard lock(mutex);
        calls.push_back("fetch");
        if (auto trouble = next("fetch")) return tl::unexpected(*trouble);
        const auto found = objects.find(uid);
        if (found == objects.end()) return std::nullopt;
        return Stored{uid, std::to_string(versions[uid]), found->second};
    }
    Result<void> store(const Owner&, const std::string& uid, const std::string& content,
                       const std::optional<Stored>& before) override {
        const std::lock_guard lock(mutex);
        calls.push_back("store " + content);
        if (auto trouble = next("store")) return tl::unexpected(*trouble);
        if (!as_it_was(uid, before)) return tl::unexpected<Trouble>(Conflict{"412"});
        if (content.find("poison") != std::string::npos) return tl::unexpected<Trouble>(Permanent{"415"});
        objects[uid] = content;
        ++versions[uid];
        return {};
    }
    Result<void> remove(const Owner&, const std::string& uid, const Stored& before) override {
        const std::lock_guard lock(mutex);
        calls.push_back("remove");
        if (auto trouble = next("remove")) return tl::unexpected(*trouble);
        if (!as_it_was(uid, before)) return tl::unexpected<Trouble>(Conflict{"412"});
        objects.erase(uid);
        return {};
    }
    bool immediate() const noexcept override { return true; }

    /// The next call of this kind fails with it, or throws when there is none.
    struct Failure {
        std::string call;
        std::optional<Trouble> trouble;
    };

    void fail(const std::string& call, const Trouble& trouble) {
        const std::lock_guard lock(mutex);
        failures.push_back({call, trouble});
    }

    std::mutex mutex;
    std::map<std::string, std::string> objects;
    std::map<std::string, int> versions;
    std::vector<std::string> calls;
    std::deque<Failure> failures;

  private:
    std::optional<Trouble> next(const std::string& call) {
        if (failures.empty() || failures.front().call != call) return std::nullopt;
        const auto failure = failures.front();
        failures.pop_front();
        if (!failure.trouble) throw std::runtime_error("out of order");
        return failure.trouble;
    }
    bool as_it_was(const std::string& uid, const std::optional<Stored>& before) {
        const auto found = objects.find(uid);
        if (!before) return found == objects.end();
        return found != objects.end() && before->version == std::to_string(versions[uid]);
    }
};

/// An engine of a few words: `add X` appends X, or makes it; `remove`, `same`, `refuse`, `crash`, `kill`; `busy`,
/// `broken` and `throw` are trouble.
inline Result<calendar::itip::Outcome> fake_apply(const calendar::itip::ApplyInput& input) {
    using calendar::itip::Outcome;
    using calendar::itip::Reason;
    const auto& said = input.message;
    if (said == "busy") return tl::unexpected<Trouble>(Temporary{"no cell is free", std::nullopt});
    if (said == "broken") return tl::unexpected<Trouble>(Permanent{"never"});
    if (said == "throw") throw std::runtime_error("thrown");
    if (said == "same") return Outcome{Outcome::Kind::unchanged, Reason::duplicate, "again", input.stored, input.marks};
    if (said == "crash")
        return Outcome{Outcome::Kind::refused, Reason::party_crasher, "not invited", input.stored, input.marks};
    if (said == "kill")
        return Outcome{Outcome::Kind::refused, Reason::sandbox_killed, "killed", input.stored, input.marks};
    if (said == "refuse") return Outcome{Outcome::Kind::refused, Reason::own_message, "own", input.stored, input.marks};
    auto marks = input.marks;
    marks.push_back({"carol@example.org", said, 1, "20261121T020000Z"});
    if (said == "remove") return Outcome{Outcome::Kind::removed, Reason::removed_event, "gone", std::nullopt, marks};
    const auto added = said.substr(4) + (input.publish_allowed ? "(published)" : "");
    if (!input.stored) return Outcome{Outcome::Kind::created, Reason::new_event, "new", added, marks};
    return Outcome{Outcome::Kind::updated, Reason::changed_event, "more", *input.stored + "," + added, marks};
}

/// What a courier works with: one calendar named `default`, and a clock that stands. What a test needs otherwise it
/// puts in place before there is a courier.
class CourierWorld : public calendar::delivery::CourierHost {
  public:
    using Job = calendar::delivery::Job;

    std::shared_ptr<calendar::connectors::Connector> connector(const std::string& backend) override {
        return find_connector(backend);
    }
    Result<calendar::itip::Outcome> apply(const calendar::itip::ApplyInput& input) override { return engine(input); }
    Result<calendar::delivery::Successors> find_users(const Job& job, calendar::base::Deadline deadline) override {
        note(deadline);
        return who(job);
    }
    Result<Reading> read(const Job& job, calendar::base::Deadline deadline) override {
        note(deadline);
        return reader(job);
    }
    calendar::delivery::DeferredDecision decide(const Job& job, const std::optional<Stored>& stored,
                                                calendar::base::Deadline deadline) override {
        note(deadline);
        late_saw.push_back(stored ? stored->content : "-");
        return decision(job);
    }
    calendar::delivery::RetrySchedule schedule() override { return {}; }
    std::size_t held_limit() override { return held_bytes; }
    calendar::delivery::Time now() override {
        ++looks;
        looks.notify_all();
        const std::lock_guard lock(mutex);
        return clock;
    }
    void report(const calendar::delivery::AuditRow& row) override {
        const std::lock_guard lock(mutex);
        reports.push_back(row);
        changed.notify_all();
    }
    void report_target(const calendar::delivery::Target& target, const std::optional<Temporary>& failure) override {
        const std::lock_guard lock(mutex);
        targets.push_back(target.backend + "/" + target.user + (failure ? " fails: " + failure->detail : " works"));
    }
    void report_failure(const std::string& detail) override { failed(detail); }

    /// False when this many reports do not come within half a minute.
    bool wait_for_reports(std::size_t count) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(30), [&] { return reports.size() >= count; });
    }
    void set_clock(calendar::delivery::Time time) {
        const std::lock_guard lock(mutex);
        clock = time;
    }

    std::shared_ptr<FakeCalendar> calendar = std::make_shared<FakeCalendar>();
    std::function<std::shared_ptr<calendar::connectors::Connector>(const std::string&)> find_connector =
        [this](const std::string& name) { return name == "default" ? calendar : nullptr; };
    std::function<Result<calendar::itip::Outcome>(const calendar::itip::ApplyInput&)> engine = fake_apply;
    /// What is decided late is `late`, as long as a test does not say.
    std::function<calendar::delivery::DeferredDecision(const Job&)> decision = [this](const auto&) { return late; };
    calendar::delivery::DeferredDecision late{};
    std::size_t held_bytes = std::size_t{1} << 30;
    /// Who an unknown recipient is; nobody, as long as a test does not say.
    std::function<Result<calendar::delivery::Successors>(const Job&)> who = [](const auto&) {
        return Result<calendar::delivery::Successors>(calendar::delivery::Successors{});
    };
    /// What a mail asks for that could not be read in time; nothing, as long as a test does not say.
    std::function<Result<Reading>(const Job&)> reader = [](const auto&) { return Result<Reading>(Reading{}); };
    std::function<void(const std::string&)> failed = [](const auto& detail) { FAIL_CHECK(detail); };
    std::vector<std::string> late_saw;  ///< the objects that decide() was shown; `-` for none
    std::atomic<int> looks = 0;         ///< how often the clock was read

    std::mutex mutex;
    std::condition_variable changed;
    std::set<calendar::base::Deadline> deadlines;  ///< that find_users() and decide() were given
    calendar::delivery::Time clock = noon;
    std::vector<calendar::delivery::AuditRow> reports;
    std::vector<std::string> targets;  ///< `BACKEND/USER fails: WHY` or `BACKEND/USER works`

  private:
    void note(calendar::base::Deadline deadline) {
        const std::lock_guard lock(mutex);
        deadlines.insert(deadline);
    }
};

/// After a mail the courier looks for what is due.
inline void mail_passes(calendar::delivery::Courier& courier) {
    const calendar::delivery::Courier::MailWaits mail(courier);
}

}  // namespace tests
