#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "calendar/base/deadline.h"
#include "milter/sandbox/forker.h"

namespace milter::sandbox {

/// No cell became free in time, none could be made, or the caller's time ended while one was at work that was not to
/// blame for it. Temporary; nothing is known of this message.
class CellsBusy : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The cells of one pool: who has one, and which are made ahead. Thread-safe.
class Cells {
  public:
    using Cell = Forker::Cell;

    /// Waits for the first one. Throws std::runtime_error.
    Cells(Forker& forker, Forker::Priority priority, std::size_t most_at_work);

    /// One of those who may have a cell at work. Who came first is served first.
    class Turn {
      public:
        /// Throws CellsBusy when it is not this one's turn by the deadline.
        Turn(Cells& cells, calendar::base::Deadline deadline);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        Cells& cells_;
        std::condition_variable served_;  // woken when it is this one's turn, and not for another
        bool has_turn_ = false;
    };

    /// One that waits for a question. Throws CellsBusy, or std::system_error when the forker is gone.
    Cell take(calendar::base::Deadline deadline);
    /// It comes before those that wait: its memory is warm. When as many wait as there should be, it is killed.
    void reuse(Cell cell);
    /// It is killed, and another one takes its place.
    void end(Cell cell);

    /// It stays with one who has no turn, unless too many do: then it is ended. reuse_aside() or end_aside() says what
    /// becomes of it.
    void set_aside(Cell cell, std::optional<Cell>& aside);
    void reuse_aside(Cell cell);
    void end_aside(Cell cell);

  private:
    std::optional<std::string> trouble_with(Cell& cell, calendar::base::Deadline deadline);
    std::optional<Cell> first_idle();
    Cell make();
    bool make_ahead() noexcept;
    void kill(const Cell& cell) noexcept;

    Forker& forker_;
    const Forker::Priority priority_;
    const std::size_t most_at_work_;
    const std::size_t usual_;              ///< idle and at work
    std::atomic<std::size_t> living_ = 0;  ///< idle, at work and aside
    std::atomic<std::size_t> aside_ = 0;
    std::mutex mutex_;  // of all below
    std::size_t at_work_ = 0;
    std::deque<Turn*> waiting_;
    std::deque<Cell> idle_;  // those that were used, then the fresh ones, the first of which is ready
};

}  // namespace milter::sandbox
