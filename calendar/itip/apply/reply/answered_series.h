#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "calendar/itip/apply/context.h"
#include "calendar/itip/apply/reply/attendee_reply.h"
#include "calendar/itip/apply/reply/override_budget.h"
#include "calendar/itip/apply/reply/reply_history.h"

namespace calendar::itip {

/// An instance that is answered, as the calendar has it.
struct AnsweredInstance {
    std::optional<std::size_t> place;  ///< of its override; none when it is derived
    Instance instance;
    Component component;
};

/// The PARTSTAT of the attendee; none where they are not an attendee.
using Answer = std::optional<std::string>;

/// The stored series while the replies of one attendee are written into it.
class AnsweredSeries {
  public:
    AnsweredSeries(ApplyContext& context, const Address& attendee);

    const Series& series() const noexcept { return series_; }
    Series& series() noexcept { return series_; }
    const Timeline& timeline() const noexcept { return timeline_; }
    const ReplyHistory& history() const noexcept { return history_; }

    /// Errors: unknown_instance, too_complex.
    Expected<AnsweredInstance> find(const Instance& at);
    /// Where those after the instance that have no override get one with a RANGE; none when it is not needed.
    Expected<std::optional<AnsweredInstance>> next_without_override(const Instance& instance);

    /// What the calendar has of the attendee.
    Answer answer_in(const Component& component) const;
    /// Writes the answer into an instance, which is not stored by that. An instance without an override needs none for
    /// what the series says anyway.
    ComponentOutcome write(AnsweredInstance& instance, const Component& reply, const AttendeeReply& answer) const;
    /// Stores what was written, for that instance alone. Errors: too_complex.
    Expected<void> store(AnsweredInstance instance);
    /// Stores what was written, for that instance and all after it. Errors: too_complex.
    Expected<void> store_as_range(AnsweredInstance instance);
    /// Writes the answer into every override that still has one of the old answers; only those after `first`, when it
    /// is given. Did anything change?
    bool spread(const Component& reply, const AttendeeReply& answer, const std::vector<Answer>& old,
                const std::optional<Instance>& first);
    /// When all is recorded: what counts for the other end of a delegation.
    void remember_delegation() { budget_.remember_delegation(); }

  private:
    Expected<AnsweredInstance> derived(LocalTime time);

    const Options& options_;
    const Address& attendee_;
    Series series_;
    Timeline timeline_;  // of the series
    ReplyHistory history_;
    OverrideBudget budget_;
};

}  // namespace calendar::itip
