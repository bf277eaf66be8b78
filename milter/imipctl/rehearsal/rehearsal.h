#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "calendar/delivery/event_marks.h"
#include "calendar/delivery/job.h"
#include "calendar/delivery/state/state.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/judge.h"
#include "milter/judging/queue/own_replies.h"
#include "milter/sandbox/cell.h"

namespace milter::imipctl {

/// What the daemon's courier says of an accepted message: its words.
struct Effect {
    std::string outcome;  ///< created, updated, removed, unchanged, refused or held; empty: the calendar did not answer
    std::string reason;   ///< reason word, or empty
    std::string detail;
};

/// What comes of a reply that a local user sent: their own copy takes it, after the held invitations that it releases.
struct OwnEffect {
    judging::OwnReply reply;
    std::vector<calendar::delivery::JobSummary> held;        ///< released or dismissed
    std::vector<calendar::delivery::JobSummary> unreadable;  ///< held as before, as they cannot be read
    Effect effect;                                           ///< of the reply
};

/// Brings what the rules accept into the calendars of a snapshot, which overlay the real ones, by the daemon's own
/// batch and engine, one message after another, each at once. The order of replies begins as the state has it, and goes
/// on in memory.
class Rehearsal {
  public:
    /// All of them outlive it. `state` is only read; null: there is none.
    Rehearsal(const daemon::Snapshot& snapshot, sandbox::CellPool& cells, calendar::delivery::State* state)
        : snapshot_(snapshot), cells_(cells), state_(state) {}

    /// One for each decision; none where nothing is applied.
    std::vector<std::optional<Effect>> perform(const judging::Judgement& judgement, const mail::Envelope& envelope);
    /// One for each reply of the local user who sent the message.
    std::vector<OwnEffect> perform_own_replies(const judging::Judgement& judgement, const mail::Envelope& envelope);

  private:
    Effect perform(const calendar::delivery::Job& job);
    calendar::delivery::MarkMap& marks_of(const calendar::delivery::Event& event);

    const daemon::Snapshot& snapshot_;
    sandbox::CellPool& cells_;
    calendar::delivery::State* state_;
    std::set<std::string> done_;  // identities of jobs
    std::map<calendar::delivery::Event, calendar::delivery::MarkMap> marks_;
};

}  // namespace milter::imipctl
