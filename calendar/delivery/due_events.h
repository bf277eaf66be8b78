#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/delivery/failing_targets.h"
#include "calendar/delivery/job_result.h"
#include "calendar/delivery/state/database.h"
#include "calendar/delivery/state/rows.h"

namespace calendar::delivery {

/// Of the jobs of an event either the decided or the undecided ones are taken; the numbers are the database's.
enum class JobKind { undecided = 0, decided = 1 };

/// Which event of the queue comes next; which are taken, and which targets are failing. In memory; for one thread at a
/// time.
class DueEvents {
  public:
    explicit DueEvents(base::Now now) : failing_(std::move(now)) {}

    struct DueEvent {
        Time due;
        Event event;
        std::string backend;
        JobKind kind = JobKind::decided;
        std::string domain = {}, sender = {};
        auto operator<=>(const DueEvent&) const = default;  // NOLINT(modernize-use-nullptr): see Target
    };

    /// The decided jobs, or the undecided ones, of an event that are due by `until` and may be taken: nobody has the
    /// event, and its target works, or is failing and nobody tries it now or did just before. What works comes first;
    /// of that the decided; of those the user whose turn it is; of their events those of the domain whose turn it is;
    /// of these those of its sender whose turn it is; of these the one that has been due longest. The undecided jobs of
    /// no more events than `undecided_at_once` are taken at a time.
    std::optional<DueEvent> next(Database& reader, Time until, std::size_t undecided_at_once) const;
    /// When the next event becomes due that may be taken.
    std::optional<Time> next_due(Database& reader, std::size_t undecided_at_once) const;

    /// Whoever comes after this user, and after this domain and sender to them, is next.
    void take(const DueEvent& due);
    void give_back(const Event& event) { taken_.erase(event); }
    /// Which jobs of the event were taken; none: nobody has it.
    std::optional<JobKind> taken_kind(const Event& event) const {
        const auto found = taken_.find(event);
        return found == taken_.end() ? std::nullopt : std::optional(found->second.kind);
    }
    /// Whether it was in the other state before.
    bool note(const Target& target, TargetState state) { return failing_.note(target, state); }
    /// See FailingTargets.
    bool is_out(const Target& target) const { return failing_.is_out(target); }

  private:
    /// The first of each kind.
    struct First {
        std::optional<DueEvent> working, failing;
    };
    /// To take it now; or for when that will be, which what waits for something earlier does not change.
    enum class Look { to_take, ahead };
    struct Turn;
    struct Place;
    First first(Database& reader, Time until, const std::vector<JobKind>& kinds, Look look) const;
    template <class Next>
    std::optional<DueEvent> first_free(Database& reader, const Turn& turn, Next next) const;
    /// User; domain of senders to them; sender of that domain: as many of these as are given.
    using Path = std::vector<std::string>;
    std::optional<DueEvent> of_backend(Database& reader, const Turn& turn) const;
    std::optional<DueEvent> of_path(Database& reader, const Turn& turn, const Path& path) const;  // no domain alone
    /// Of the jobs that may be taken now: decided, and perhaps undecided ones.
    std::vector<JobKind> kinds(std::size_t undecided_at_once) const;
    std::optional<DueEvent> next_in_turn(Database& reader, JobKind kind, Time until) const;
    static void each_next(Database& reader, const Turn& turn, const Path& within, std::string_view which,
                          const std::string& from, const std::function<bool(const std::string&)>& use);
    static bool anything_is_due(Database& reader, const Turn& turn);
    std::optional<DueEvent> in_turn_of(Database& reader, const Turn& turn, const std::string& user) const;
    std::optional<DueEvent> in_turn_within(Database& reader, const Turn& turn, const Path& within,
                                           std::size_t& looks) const;
    /// Now, or so shortly before that it is not tried again.
    bool is_tried(const Target& target) const;

    struct Taken {
        std::string backend;
        JobKind kind = JobKind::decided;
    };
    std::map<Event, Taken> taken_;
    FailingTargets failing_;
    std::string last_user_;
    std::map<Path, std::string> last_;  // domain to a user, sender of a domain to a user; some thousand
};

}  // namespace calendar::delivery
