#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "calendar/base/deadline.h"
#include "calendar/base/fd.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "milter/mail/engine.h"
#include "milter/mail/inspect.h"

namespace milter::sandbox {

/// What runs in a cell. Tests put functions that hang, crash or lie here.
struct CellFunctions {
    mail::Inspection (*inspect)(std::string_view message, const mail::InspectLimits& limits) = &mail::inspect;
    calendar::itip::Outcome (*apply)(const calendar::itip::ApplyInput& input) = &calendar::itip::apply;
    calendar::itip::Expected<calendar::itip::StoredObject> (*describe)(std::string_view stored) =
        &calendar::itip::describe;
};

/// The process that makes cells. It is single-threaded, was forked before any thread or secret existed, and dies with
/// its daemon.
class Forker {
  public:
    /// Forks it. Call first thing in main() (but behind a fork into the background: it dies with the thread that called
    /// this), with one thread and nothing secret in memory. Throws std::system_error.
    static Forker start(const CellFunctions& functions = {});

    struct Cell {
        calendar::base::Fd socket;  ///< stream socket to it; when it closes, the cell ends
        calendar::base::Fd pidfd;   ///< to kill it with; none until await()
        /// Waits until it was made, if need be. Throws BorderLate, or std::system_error when there is none.
        void await(calendar::base::Deadline deadline);
    };
    /// Who waits for what a cell does: an MTA, or nobody but the queue.
    enum class Priority : char { urgent, patient };
    /// One more, which is made while the caller goes on. Thread-safe. Throws std::system_error when the forker is gone.
    Cell order(Priority priority = Priority::urgent);

  private:
    explicit Forker(calendar::base::Fd control) : control_(std::move(control)) {}
    calendar::base::Fd control_;  ///< when it closes, the forker ends and all its cells with it
};

/// How many cells may work at once by `limits: cells` (0: one more than there are processors): for the mail so many,
/// for the queue half of them, rounded up, beside these.
std::size_t cells_at_work(std::size_t configured, Forker::Priority priority);

/// No cell became free in time, or the caller's time ended while one was at work. Temporary; nothing is known of this
/// message.
class CellsBusy : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A pool of child processes without network, file system or new descriptors (seccomp), with RLIMIT_AS and a limit to
/// what one call may take. What is asked goes in as bytes, a value comes out as JSON; an answer that is garbage,
/// missing, later than that limit or larger than what was asked can make it means a dead cell, which is killed and
/// replaced: `sandbox_killed`. There are twice as many cells as may work at once: nobody waits for a fork while one is
/// replaced, or is kept by a MessageCell. Thread-safe. Every call waits until the deadline for its turn, then throws
/// CellsBusy; it throws std::system_error when the forker is gone.
class CellPool {
  public:
    struct Options {
        std::size_t cells = 2;  ///< that work at once
        Forker::Priority priority = Forker::Priority::urgent;
        std::chrono::milliseconds call{5000};  ///< the longest that one call may take in a cell
    };
    /// Makes the cells. Throws std::system_error.
    CellPool(Forker& forker, Options options);
    ~CellPool();

    /// From now on one call may take this long.
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
