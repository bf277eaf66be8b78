#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "calendar/delivery/database.h"
#include "calendar/delivery/queue.h"
#include "calendar/delivery/rows.h"

namespace calendar::delivery {

/// Which event of the queue comes next; which are taken, and which targets are failing. In memory; for one thread at a
/// time.
class DueEvents {
  public:
    struct DueEvent {
        Time due;
        Event event;
        std::string backend;
        auto operator<=>(const DueEvent&) const = default;  // NOLINT(modernize-use-nullptr): see Target
    };

    /// The event that has been due longest, by `until` at the latest, and may be taken: nobody has it, and its target
    /// works, or is failing and nobody tries it now. What works comes first.
    std::optional<DueEvent> next(Database& reader, Time until) const;
    /// When the next event becomes due that may be taken.
    std::optional<Time> next_due(Database& reader) const;

    void take(const DueEvent& due) { taken_[due.event] = due.backend; }
    void give_back(const Event& event) { taken_.erase(event); }
    void note(const Target& target, TargetState state);

  private:
    /// The first of each kind.
    struct First {
        std::optional<DueEvent> working, failing;
    };
    First first(Database& reader, long long until) const;
    bool is_failing(const Target& target) const { return failing_.contains(target); }
    bool is_tried(const Target& target) const;

    std::map<Event, std::string> taken_;  // with the backend
    std::set<Target> failing_;
};

}  // namespace calendar::delivery
