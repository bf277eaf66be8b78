#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/delivery/state/database.h"

namespace calendar::delivery {

/// Group commit: while one caller writes, the others wait; then one of them does what all of them want in one
/// transaction, with one wait for the disk. Thread-safe.
class Writer {
  public:
    /// A part of a transaction, in the thread of any caller. It may be run twice (see write()), so it sets results and
    /// does not add to them.
    using Work = std::function<void(Database&)>;
    using Durable = Database::Durable;

    /// Opens the database and sets up its schema; throws when that cannot be done.
    explicit Writer(const std::string& url);
    /// No caller is left by then.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Returns when the work is committed, as durable as is asked for (see Database). Throws what the work or its
    /// commit threw; then nothing of it is in the database. When one part of a group throws, the group is rolled back
    /// and every part is done again alone, so that only the caller with the bad part hears of it. When the transaction
    /// cannot be committed, all of the group hear of it. Throws too when its turn or the lock that another program
    /// keeps did not come until `deadline`; a transaction that has begun is only as quick as the disk.
    void write(const Work& work, Durable durable = Durable::at_once, base::Deadline deadline = Database::patience());
    /// How many callers wait for the next group.
    std::size_t waiting() const;

  private:
    /// Each is called by itself: nobody who waits is woken for another.
    struct Part {
        const Work* work;
        Durable durable;
        enum class State : char { waits, writes, taken, done } state = State::waits;
        bool alone = false;  ///< it was in a group that failed
        std::exception_ptr error = nullptr;
        std::condition_variable called{};

        void call(State now);  ///< under the lock: without it the part may be gone
    };
    using Lock = std::unique_lock<std::mutex>;

    /// Until the part is done or shall write; false when neither came in time, and the part no longer waits.
    bool wait_for_turn(Part& part, Lock& lock, base::Deadline deadline);
    /// One transaction of whoever waits, by the first of them.
    void lead(Part& first, Lock& lock, base::Deadline deadline);
    std::vector<Part*> take_group(const Part& first, Durable promised);
    /// The parts in the transaction that has begun. False: one of several failed, and nothing was done.
    bool run(const std::vector<Part*>& group);
    /// The first who waits writes next.
    void pass_on();
    void keep_log_short();

    Database database_;  // of whoever writes
    mutable std::mutex mutex_;
    std::condition_variable stopped_;
    std::vector<Part*> waiting_;  // who writes is its first until the transaction has begun
    bool writing_ = false;        // somebody is, or has been called to
    bool stopping_ = false;
    std::size_t transactions_ = 0;  // since the last checkpoint
    std::thread housekeeper_;
};

}  // namespace calendar::delivery
