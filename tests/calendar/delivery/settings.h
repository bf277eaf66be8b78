#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/delivery/queue.h"
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
    void add(const std::string& id, const std::string& user, const std::string& backend, delivery::Time created);
    /// The id of the first job of a take, or `-`.
    std::string take();
    Texts targets();
    void give_back(const std::string& id, const std::string& user) { queue.settle(user, id, {}, {}, noon); }
    /// The audit: `JOB event`.
    Texts events() const;
};

/// Jobs that share their content, and the mail when they are undecided.
struct KeptSetting : CourierSetting {
    const delivery::KeptMessage content;
    const delivery::KeptMessage mail{"mail", std::string(1000, 'm')};

    KeptSetting();

    delivery::Job job(const std::string& id, bool decided) const;
    void commit(const std::vector<delivery::Job>& jobs);
    void settle(const std::string& id, delivery::JobResult::State as);
    Texts kept();
    std::size_t bytes(delivery::Kept kind);
    long long count(std::string_view sql);
};

Texts ids(const std::vector<delivery::QueuedJob>& jobs);

delivery::JobResult done(const std::string& job);
delivery::JobResult waiting(const std::string& job, delivery::Time due);
delivery::JobResult given_up(const std::string& job);

void settle(delivery::Queue& queue, const std::vector<delivery::JobResult>& jobs,
            const std::string& uid = "party@example.org");

delivery::Job for_event(const std::string& id, const std::string& uid, delivery::Time created = noon);

/// A batch for one calendar in memory.
struct BatchSetting {
    CourierWorld world;
    FakeCalendar& calendar = *world.calendar;
    std::vector<delivery::QueuedJob> jobs;
    std::vector<calendar::itip::ReplyMark> marks;
    std::vector<delivery::JobResult> results;
    calendar::base::Deadline time{};  // as the batch sees it

    delivery::Job& add(const std::string& message);
    void run();
    void there(const std::string& content) { calendar.objects["party@example.org"] = content; }
    std::string object() const;
    /// Each job as `event outcome reason`, or `retry SECONDS`.
    Texts story() const;
};

}  // namespace tests
