#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
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
    Result<std::optional<Stored>> fetch(const Owner&, const std::string& uid, calendar::base::Deadline) override;
    Result<void> store(const Owner&, const std::string& uid, const std::string& content,
                       const std::optional<Stored>& before) override;
    Result<void> remove(const Owner&, const std::string& uid, const Stored& before) override;
    bool immediate() const noexcept override { return true; }

    /// The next call of this kind fails with it, or throws when there is none.
    struct Failure {
        std::string call;
        std::optional<Trouble> trouble;
    };

    void fail(const std::string& call, const Trouble& trouble);

    std::mutex mutex;
    std::map<std::string, std::string> objects;
    std::map<std::string, int> versions;
    std::vector<std::string> calls;
    std::deque<Failure> failures;

  private:
    std::optional<Trouble> next(const std::string& call);
    bool as_it_was(const std::string& uid, const std::optional<Stored>& before);
};

/// An engine of a few words: `add X` appends X, or makes it; `remove`, `same`, `refuse`, `crash`, `kill`; `busy`,
/// `broken` and `throw` are trouble.
Result<calendar::itip::Outcome> fake_apply(const calendar::itip::ApplyInput& input);

/// What a courier works with: one calendar named `default`, and a clock that stands. What a test needs otherwise it
/// puts in place before there is a courier.
class CourierWorld : public calendar::delivery::CourierHost {
  public:
    using Job = calendar::delivery::Job;

    CourierWorld();

    std::shared_ptr<calendar::connectors::Connector> connector(const std::string& backend) override;
    Result<calendar::itip::Outcome> apply(const calendar::itip::ApplyInput& input) override;
    Result<calendar::delivery::Successors> find_users(const Job& job, calendar::base::Deadline deadline) override;
    Result<Reading> read(const Job& job, calendar::base::Deadline deadline) override;
    calendar::delivery::DeferredDecision decide(const Job& job, const std::optional<Stored>& stored,
                                                calendar::base::Deadline deadline) override;
    calendar::delivery::RetrySchedule schedule() override { return {}; }
    std::size_t held_limit() override { return held_bytes; }
    calendar::delivery::Time now() override;
    void report(const calendar::delivery::AuditRow& row) override;
    void report_target(const calendar::delivery::Target& target, const std::optional<Temporary>& failure) override;
    void report_failure(const std::string& detail) override;

    /// False when this many reports do not come within half a minute.
    bool wait_for_reports(std::size_t count);
    void set_clock(calendar::delivery::Time time);

    std::shared_ptr<FakeCalendar> calendar = std::make_shared<FakeCalendar>();
    std::function<std::shared_ptr<calendar::connectors::Connector>(const std::string&)> find_connector;
    std::function<Result<calendar::itip::Outcome>(const calendar::itip::ApplyInput&)> engine = fake_apply;
    /// What is decided late is `late`, as long as a test does not say.
    std::function<calendar::delivery::DeferredDecision(const Job&)> decision;
    calendar::delivery::DeferredDecision late{};
    std::size_t held_bytes = std::size_t{1} << 30;
    /// Who an unknown recipient is; nobody, as long as a test does not say.
    std::function<Result<calendar::delivery::Successors>(const Job&)> who;
    /// What a mail asks for that could not be read in time; nothing, as long as a test does not say.
    std::function<Result<Reading>(const Job&)> reader;
    std::function<void(const std::string&)> failed;  ///< fails the test, as long as that does not say
    std::vector<std::string> late_saw;               ///< the objects that decide() was shown; `-` for none
    std::atomic<int> looks = 0;                      ///< how often the clock was read

    std::mutex mutex;
    std::condition_variable changed;
    std::set<calendar::base::Deadline> deadlines;  ///< that find_users() and decide() were given
    calendar::delivery::Time clock = noon;
    std::vector<calendar::delivery::AuditRow> reports;
    std::vector<std::string> targets;  ///< `BACKEND/USER fails: WHY` or `BACKEND/USER works`

  private:
    void note(calendar::base::Deadline deadline);
};

/// After a mail the courier looks for what is due.
void mail_passes(calendar::delivery::Courier& courier);

}  // namespace tests
