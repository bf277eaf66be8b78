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
    migrate(database_);
    thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    handed_in_.notify_one();
    thread_.join();
}

void Writer::write(const Work& work, Durable durable) {
    Part part{&work, durable, {}};
    auto done = part.done.get_future();
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(part));
    }
    handed_in_.notify_one();  // without the lock, which the woken thread wants
    done.get();
}

std::size_t Writer::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void Writer::run() {
    std::size_t transactions = 0;  // since the last checkpoint
    std::unique_lock lock(mutex_);
    const auto something = [this] { return stopping_ || !waiting_.empty(); };
    while (true) {
        if (transactions < worth_a_checkpoint) {
            handed_in_.wait(lock, something);
        } else if (!handed_in_.wait_for(lock, quiet, something)) {
            lock.unlock();
            try {
                database_.checkpoint();
            } catch (const std::exception&) {
                // Only housekeeping: what is committed stays in the log, and a disk that is ill shows at the next
                // commit.
            }
            transactions = 0;
            lock.lock();
            continue;
        }
        if (waiting_.empty()) return;
        auto group = std::exchange(waiting_, {});
        lock.unlock();
        transaction(group);
        ++transactions;
        lock.lock();
    }
}

void Writer::transaction(std::span<Part> parts) {
    try {
        const bool wait =
            std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part.durable == Durable::at_once; });
        database_.begin(wait ? Durable::at_once : Durable::soon);
        for (const auto& part : parts)
            (*part.work)(database_);
        database_.commit();
    } catch (...) {
        database_.rollback();
        if (parts.size() == 1) {
            parts.front().done.set_exception(std::current_exception());
            return;
        }
        for (std::size_t i = 0; i < parts.size(); ++i)
            transaction(parts.subspan(i, 1));
        return;
    }
    for (auto& part : parts)
        part.done.set_value();
}

}  // namespace calendar::delivery
