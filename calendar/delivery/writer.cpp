#include "calendar/delivery/writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "calendar/delivery/schema.h"

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

void Writer::write(const Work& work, Durable durable) {
    Part part{&work, durable};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&part);
    if (writing_) part.called.wait(lock, [&part] { return part.state != Part::State::waits; });
    if (part.state != Part::State::done) {
        writing_ = true;
        const auto group = std::exchange(waiting_, {});
        lock.unlock();
        transaction(group);
        lock.lock();
        ++transactions_;
        for (Part* const one : group)
            one->call(Part::State::done);
        pass_on();
    }
    if (part.error) std::rethrow_exception(part.error);
}

void Writer::Part::call(State now) {
    state = now;
    called.notify_one();
}

void Writer::pass_on() {
    if (waiting_.empty())
        writing_ = false;
    else
        waiting_.front()->call(Part::State::writes);
}

std::size_t Writer::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

bool Writer::transaction(std::span<Part* const> parts) {
    bool in_part = false;
    try {
        const bool wait =
            std::any_of(parts.begin(), parts.end(), [](const Part* part) { return part->durable == Durable::at_once; });
        database_.begin(wait ? Durable::at_once : Durable::soon);
        in_part = true;
        for (const Part* const part : parts)
            (*part->work)(database_);
        in_part = false;
        database_.commit();
    } catch (...) {
        database_.rollback();
        if (in_part && parts.size() > 1) {
            one_by_one(parts);
            return true;
        }
        fail(parts, std::current_exception());
        return in_part;
    }
    return true;
}

void Writer::one_by_one(std::span<Part* const> parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (transaction(parts.subspan(i, 1))) continue;
        // Each would wait as long for the same lock.
        fail(parts.subspan(i + 1), parts[i]->error);
        return;
    }
}

void Writer::fail(std::span<Part* const> parts, const std::exception_ptr& error) {
    for (Part* const part : parts)
        part->error = error;
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
