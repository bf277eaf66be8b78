#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "calendar/base/deadline.h"
#include "calendar/delivery/job_result.h"

namespace calendar::delivery {

/// Which targets are failing, and which of these are left alone. In memory; for one thread at a time.
class FailingTargets {
  public:
    /// After each failed try a failing target is left alone, first for a second, then for twice as long each time, up
    /// to a minute, however many events wait for it.
    static constexpr std::chrono::seconds first_pause{1}, longest_pause{60};
    static constexpr std::chrono::seconds pause_in_outage{8};

    explicit FailingTargets(base::Now now) : now_(std::move(now)) {}

    /// Whether it was in the other state before.
    bool note(const Target& target, TargetState state);

    /// Has it failed several times in a row? One event that its server does not take fails between others that work.
    bool is_out(const Target& target) const;
    bool contains(const Target& target) const { return pauses_.contains(target); }
    /// For single users, not for all.
    bool contains_users_of(const std::string& backend) const;
    /// Was it tried so shortly before that it is left alone?
    bool is_left_alone(const Target& target) const;

  private:
    /// Since its last try.
    struct Pause {
        std::chrono::seconds length{};
        base::Deadline end{};
    };
    std::map<Target, Pause> pauses_;
    base::Now now_;
};

}  // namespace calendar::delivery
