#include "milter/sandbox/cells.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "milter/sandbox/frame.h"

namespace milter::sandbox {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds start{120};  ///< of the first cell, which waits until the forker has read the zones

/// How many cells may be aside: for each that may work, but not more in all, unless more may work.
constexpr std::size_t aside_for_each_at_work = 4;
constexpr std::size_t most_aside = 32;

/// An idle cell that closed its end (or says something unasked) was killed from outside: no mail's fault.
bool lives(const Forker::Cell& cell) {
    // Its end of the socket alone does not tell: for a moment the forker has it too.
    std::array<pollfd, 2> ends{pollfd{cell.socket.get(), POLLIN, 0}, pollfd{cell.pidfd.get(), POLLIN, 0}};
    return ::poll(ends.data(), ends.size(), 0) == 0;
}

}  // namespace

Cells::Cells(Forker& forker, Forker::Priority priority, std::size_t most_at_work)
    : forker_(forker), priority_(priority), most_at_work_(most_at_work), usual_(2 * most_at_work) {
    Cell first = make();
    if (const auto trouble = trouble_with(first, Clock::now() + start)) throw std::runtime_error(*trouble);
    idle_.push_back(std::move(first));
    while (idle_.size() < usual_)
        idle_.push_back(make());
}

Cells::Turn::Turn(Cells& cells, Deadline deadline) : cells_(cells) {
    std::unique_lock lock(cells_.mutex_);
    if (cells_.at_work_ < cells_.most_at_work_) {
        ++cells_.at_work_;
        return;
    }
    cells_.waiting_.push_back(this);
    if (served_.wait_until(lock, deadline, [this] { return has_turn_; })) return;
    std::erase(cells_.waiting_, this);
    throw CellsBusy("no cell became free in time");
}

Cells::Turn::~Turn() {
    const std::lock_guard lock(cells_.mutex_);
    if (cells_.waiting_.empty()) {
        --cells_.at_work_;
        return;
    }
    Turn& first = *cells_.waiting_.front();
    cells_.waiting_.pop_front();
    first.has_turn_ = true;
    first.served_.notify_one();
}

Cells::Cell Cells::take(Deadline deadline) {
    while (auto idle = first_idle()) {
        if (!trouble_with(*idle, deadline)) return std::move(*idle);
        kill(*idle);
    }
    Cell cell = make();
    const auto trouble = trouble_with(cell, deadline);
    if (!trouble) return cell;
    kill(cell);
    throw CellsBusy(*trouble);
}

/// It could not be made, or was killed from outside while it was idle. None: it serves.
std::optional<std::string> Cells::trouble_with(Cell& cell, Deadline deadline) {
    try {
        cell.await(deadline);
    } catch (const BorderLate&) {
        reuse(std::move(cell));  // for whoever has more time
        throw CellsBusy("no cell was made in time");
    } catch (const std::exception& trouble) {
        return trouble.what();
    }
    return lives(cell) ? std::nullopt : std::optional<std::string>("the cell was killed from outside");
}

/// With a turn there is one, unless the forker failed before.
std::optional<Cells::Cell> Cells::first_idle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::nullopt;
    Cell first = std::move(idle_.front());
    idle_.pop_front();
    return first;
}

void Cells::reuse(Cell cell) {
    {
        const std::lock_guard lock(mutex_);
        if (idle_.size() < usual_) return idle_.push_front(std::move(cell));
    }
    kill(cell);  // a burst is over
}

void Cells::end(Cell cell) {
    kill(cell);
    while (living_ < usual_ && make_ahead()) {
    }
}

void Cells::set_aside(Cell cell, std::optional<Cell>& aside) {
    const auto most = std::max(most_at_work_, std::min(aside_for_each_at_work * most_at_work_, most_aside));
    if (++aside_ > most) return end_aside(std::move(cell));
    aside = std::move(cell);
    const auto others = [this] {  // that work, or are there for whoever comes next
        const std::lock_guard lock(mutex_);
        return idle_.size() + at_work_ - 1;
    };
    if (others() < most_at_work_) make_ahead();
}

void Cells::reuse_aside(Cell cell) {
    --aside_;
    reuse(std::move(cell));
}

void Cells::end_aside(Cell cell) {
    --aside_;
    end(std::move(cell));
}

Cells::Cell Cells::make() {
    Cell cell = forker_.order(priority_);
    ++living_;
    return cell;
}

bool Cells::make_ahead() noexcept {
    try {
        Cell fresh = make();
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(fresh));
        return true;
    } catch (const std::exception&) {
        // The forker is gone, or there is no memory. Tried again by whoever needs it.
        return false;
    }
}

/// One that was not made yet has read nothing, and ends with its socket.
void Cells::kill(const Cell& cell) noexcept {
    --living_;
    if (!cell.pidfd) return;
    ::syscall(SYS_pidfd_send_signal, cell.pidfd.get(), SIGKILL, nullptr,
              0);  // glibc 2.36 declares its wrapper for C only
}

}  // namespace milter::sandbox
