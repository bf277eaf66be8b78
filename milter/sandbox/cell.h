#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "calendar/base/deadline.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "milter/mail/engine.h"
#include "milter/mail/inspect.h"
#include "milter/sandbox/cells.h"
#include "milter/sandbox/forker.h"

namespace milter::sandbox {

/// How many cells may work at once by `limits: cells` (0: one more than there are processors): for messages
/// that number, for the queue half of it, rounded up, beside them.
std::size_t cells_at_work(std::size_t configured, Forker::Priority priority);

/// A pool of child processes without network, file system or new descriptors (seccomp), with RLIMIT_AS and a limit to
/// the processor time of one call. What is asked goes in as bytes, a value comes out as JSON; an answer that is
/// garbage, missing, not made within that limit or larger than what was asked can make it means a dead cell, which is
/// killed and replaced: `sandbox_killed`. There are twice as many cells as may work at once, and up to five times as
/// many while MessageCells keep them: nobody waits for a fork. Thread-safe. Every call throws CellsBusy when it has no
/// turn by the deadline, no cell could be made, or there is no answer though its processor time is not used up; it
/// throws std::system_error when the forker is gone.
class CellPool {
  public:
    struct Options {
        std::size_t cells = 2;  ///< that work at once
        Forker::Priority priority = Forker::Priority::urgent;
        std::chrono::milliseconds call{5000};  ///< processor time that one call may take in a cell
    };
    /// Makes the cells. Throws std::runtime_error.
    CellPool(Forker& forker, Options options);
    ~CellPool();

    /// From now on one call may take this much processor time.
    void limit_calls(std::chrono::milliseconds limit);

    /// inspect() in a cell, which is ended; a killed cell gives an Inspection with the error sandbox_killed.
    mail::Inspection inspect(std::string_view message, const mail::InspectLimits& limits,
                             calendar::base::Deadline deadline);
    /// apply() in a cell; a killed cell gives refused/sandbox_killed. For what was accepted: the cell is used again.
    calendar::itip::Outcome apply(const calendar::itip::ApplyInput& input, calendar::base::Deadline deadline);
    /// describe() in a cell. For what is in a calendar: the cell is used again.
    calendar::itip::Expected<calendar::itip::StoredObject> describe(std::string_view stored_object,
                                                                    calendar::base::Deadline deadline);

  private:
    friend class MessageCell;
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// The cell that reads one message. A message may break it so that it reads or changes the next one's: it is ended and
/// replaced with this object, unless the message was accepted. While it waits for that it keeps nobody else from the
/// pool. For one thread.
class MessageCell {
  public:
    explicit MessageCell(CellPool& pool) : pool_(pool) {}
    ~MessageCell();
    MessageCell(const MessageCell&) = delete;
    MessageCell& operator=(const MessageCell&) = delete;

    /// As CellPool::inspect().
    mail::Inspection inspect(std::string_view message, const mail::InspectLimits& limits,
                             calendar::base::Deadline deadline);
    /// A rule accepted the message: the cell may read others.
    void accepted();

  private:
    CellPool& pool_;
    std::optional<Forker::Cell> cell_;
};

/// Runs in the cells, which outlive it.
mail::Engine engine_of(CellPool& cells);
/// The same, but the message is read by its own cell.
mail::Engine engine_of(MessageCell& reader, CellPool& cells);

}  // namespace milter::sandbox
