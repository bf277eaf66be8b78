#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/delivery/queue.h"
#include "calendar/delivery/state/database.h"
#include "calendar/delivery/state/rows.h"

namespace calendar::delivery {

/// Which event of the queue comes next; which are taken, and which targets are failing. In memory; for one thread at a
/// time.
class DueEvents {
  public:
    /// After a failing target was tried in vain it is left alone for a second, and for twice as long each time, up to a
    /// minute, however many events wait for it.
    static constexpr std::chrono::seconds first_pause{1}, longest_pause{60};

    explicit DueEvents(base::Now now) : now_(std::move(now)) {}

    struct DueEvent {
        Time due;
        Event event;
        std::string backend;
        bool decided = true;
        std::string sender = {};
        auto operator<=>(const DueEvent&) const = default;  // NOLINT(modernize-use-nullptr): see Target
    };

    /// The decided jobs, or the undecided ones, of an event that are due by `until` and may be taken: nobody has the
    /// event, and its target works, or is failing and nobody tries it now or did just before. What works comes first;
    /// of that the decided; of those the user whose turn it is; of their events those of the sender whose turn it is;
    /// of these the one that has been due longest. The undecided jobs of no more events than `undecided_at_once` are
    /// taken at a time.
    std::optional<DueEvent> next(Database& reader, Time until, std::size_t undecided_at_once) const;
    /// When the next event becomes due that may be taken.
    std::optional<Time> next_due(Database& reader, std::size_t undecided_at_once) const;

    /// Whoever comes after this user, and after this sender to them, is next.
    void take(const DueEvent& due);
    void give_back(const Event& event) { taken_.erase(event); }
    /// Whether it was the decided jobs of the event that were taken; none: nobody has it.
    std::optional<bool> took_decided(const Event& event) const {
        const auto found = taken_.find(event);
        return found == taken_.end() ? std::nullopt : std::optional(found->second.decided);
    }
    void note(const Target& target, TargetState state);

  private:
    /// The first of each kind.
    struct First {
        std::optional<DueEvent> working, failing;
    };
    struct Turn;
    First first(Database& reader, long long until, std::size_t undecided_at_once) const;
    /// Of the jobs that may be taken now: decided, and perhaps undecided ones.
    std::vector<bool> kinds(std::size_t undecided_at_once) const;
    std::optional<DueEvent> next_in_turn(Database& reader, bool decided, Time until) const;
    static bool anything_is_due(Database& reader, const Turn& turn);
    std::optional<DueEvent> of_user(Database& reader, const Turn& turn, const std::string& user) const;
    std::optional<DueEvent> of_sender(Database& reader, const Turn& turn, const std::string& user,
                                      const std::string& sender) const;
    /// Since its last try.
    struct Pause {
        std::chrono::seconds length{};
        base::Deadline end{};
    };
    bool is_failing(const Target& target) const { return failing_.contains(target); }
    /// Now, or so shortly before that it is not tried again.
    bool is_tried(const Target& target) const;

    struct Taken {
        std::string backend;
        bool decided = true;
    };
    std::map<Event, Taken> taken_;
    std::map<Target, Pause> failing_;
    base::Now now_;
    std::string last_user_;
    std::map<std::string, std::string> last_senders_;  // to a user; of some thousand users
};

}  // namespace calendar::delivery
