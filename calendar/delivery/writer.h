#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "calendar/delivery/database.h"

namespace calendar::delivery {

/// Group commit: one thread owns the connection and does what all threads hand in. Everything that waits is done in one
/// transaction, with one wait for the disk. Thread-safe.
class Writer {
  public:
    /// A part of a transaction. It may be run twice (see write()), so it sets results and does not add to them.
    using Work = std::function<void(Database&)>;
    using Durable = Database::Durable;

    /// Opens (and migrates) the database; throws when that cannot be done.
    explicit Writer(const std::string& url);
    /// What was handed in is done first.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Returns when the work is committed, as durable as is asked for (see Database). Throws what the work or its
    /// commit threw; then nothing of it is in the database. When one part of a group fails, the group is rolled back
    /// and every part is done again alone, so that only the caller with the bad part hears of it.
    void write(const Work& work, Durable durable = Durable::at_once);
    /// How many callers wait for the next group.
    std::size_t waiting() const;

  private:
    struct Part {
        const Work* work;
        Durable durable;
        std::promise<void> done;
    };

    void run();
    void transaction(std::span<Part> parts);

    Database database_;
    mutable std::mutex mutex_;
    std::condition_variable handed_in_;
    std::vector<Part> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace calendar::delivery
