#include "calendar/delivery/state/writer.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <fmt/format.h>

#include "calendar/delivery/state/schema.h"

namespace calendar::delivery {

namespace {

/// A checkpoint waits for the disk more than once, so it is done when nobody waits for a commit, and not after every
/// few.
constexpr std::chrono::seconds quiet{1};
constexpr std::size_t worth_a_checkpoint = 64;  // transactions

}  // namespace

Writer::Writer(const std::string& url) : database_(url) {
    set_up_schema(database_);
    housekeeper_ = std::thread([this] { keep_log_short(); });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_one();
    housekeeper_.join();
}

void Writer::write(const Work& work, Durable durable, base::Deadline deadline) {
    Part part{&work, durable};
    Lock lock(mutex_);
    waiting_.push_back(&part);
    if (!writing_) pass_on();
    while (wait_for_turn(part, lock, deadline) && part.state != Part::State::done)
        lead(part, lock, deadline);
    if (part.state != Part::State::done)
        throw std::runtime_error(fmt::format("state '{}': it was busy for too long", database_.name()));
    if (part.error) std::rethrow_exception(part.error);
}

void Writer::Part::call(State now) {
    state = now;
    called.notify_one();
}

void Writer::pass_on() {
    writing_ = !waiting_.empty();
    if (writing_) waiting_.front()->call(Part::State::writes);
}

std::size_t Writer::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

bool Writer::wait_for_turn(Part& part, Lock& lock, base::Deadline deadline) {
    using State = Part::State;
    while (part.state == State::waits || part.state == State::taken) {
        if (part.state == State::taken) {
            part.called.wait(lock);
        } else if (part.called.wait_until(lock, deadline) == std::cv_status::timeout && part.state == State::waits) {
            std::erase(waiting_, &part);
            return false;
        }
    }
    return true;
}

void Writer::lead(Part& first, Lock& lock, base::Deadline deadline) {
    const bool at_once = std::ranges::any_of(waiting_, [&first](const Part* part) {
        return part->durable == Durable::at_once && (part == &first || !first.alone);
    });
    const auto promised = at_once ? Durable::at_once : Durable::soon;
    lock.unlock();
    try {
        database_.begin(promised, deadline);
    } catch (...) {
        first.error = std::current_exception();
    }
    lock.lock();
    if (first.error) {
        std::erase(waiting_, &first);
        first.state = Part::State::done;
    } else {
        const auto group = take_group(first, promised);
        lock.unlock();
        const bool done = run(group);
        lock.lock();
        ++transactions_;
        if (!done) waiting_.insert(waiting_.begin(), group.begin(), group.end());
        for (Part* const part : group) {
            part->alone = !done;
            part->call(done ? Part::State::done : Part::State::waits);
        }
    }
    pass_on();
}

std::vector<Writer::Part*> Writer::take_group(const Part& first, Durable promised) {
    // Who came after the transaction had begun may ask for more than it promises.
    const auto others = std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Part* part) {
        return part == &first ||
               (!first.alone && !part->alone && (part->durable == promised || promised == Durable::at_once));
    });
    std::vector<Part*> group(waiting_.begin(), others);
    waiting_.erase(waiting_.begin(), others);
    for (Part* const part : group)
        part->state = Part::State::taken;
    return group;
}

bool Writer::run(const std::vector<Part*>& group) {
    bool in_part = true;
    try {
        for (const Part* const part : group)
            (*part->work)(database_);
        in_part = false;
        database_.commit();
    } catch (...) {
        database_.rollback();
        if (in_part && group.size() > 1) return false;
        for (Part* const part : group)
            part->error = std::current_exception();
    }
    return true;
}

void Writer::keep_log_short() {
    std::unique_lock lock(mutex_);
    std::size_t seen = 0;
    while (!stopped_.wait_for(lock, quiet, [this] { return stopping_; })) {
        const bool is_quiet = !writing_ && waiting_.empty() && transactions_ == seen;
        seen = transactions_;
        if (!is_quiet || transactions_ < worth_a_checkpoint) continue;
        writing_ = true;
        lock.unlock();
        try {
            database_.checkpoint();
        } catch (const std::exception&) {
            // Only housekeeping: what is committed stays in the log, and a disk that is ill shows at the next commit.
        }
        lock.lock();
        transactions_ = seen = 0;
        pass_on();
    }
}

}  // namespace calendar::delivery
