#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "calendar/itip/apply/context.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/reply/reply_history.h"

namespace calendar::itip {

/// Each override holds the whole event again. So what the answers of one attendee may add is bounded, in number and
/// bytes, and so is what all of them may add. The answers of a delegate count for the attendee whom the organizer
/// invited, also after another took the delegate's place.
class OverrideBudget {
  public:
    /// The answers of the attendee, whose history that is, are written into `series`. All of them outlive this.
    OverrideBudget(const Series& series, Marks& marks, const ReplyHistory& history, const Address& attendee);

    /// May one more override, as large as this, be made for an answer? Then it is counted. Errors: too_complex.
    Expected<void> spend(const Component& like);
    /// Remembers, when the answers are written, what counts for a delegation: the replies of one end of it are not at
    /// hand when the other end answers.
    void remember_delegation();

  private:
    struct Made {
        std::size_t count = 0, bytes = 0;
    };
    bool as_derived(const Component& one) const;
    Made made_before(const Address& invited) const;

    const Series& series_;
    Marks& marks_;
    const ReplyHistory& history_;
    const Address& attendee_;
    std::vector<Version> sources_{};               // of what overrides are derived from
    std::map<std::string, std::size_t> before_{};  // bytes by RECURRENCE-ID, of what stood there as derived
    std::map<std::string, Made> made_{};           // by who was invited
};

}  // namespace calendar::itip
