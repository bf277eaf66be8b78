#pragma once

#include <mutex>
#include <string>

#include "calendar/delivery/database.h"
#include "calendar/delivery/writer.h"

namespace calendar::delivery {

/// The state database as a program uses it: one writer for all its threads, one reader. Thread-safe.
class State {
  public:
    /// `url` is `sqlite:/path/to/state.db`; the file is made and its schema migrated. Throws std::runtime_error.
    explicit State(const std::string& url) : writer_(url), reader_(url) {}

    Writer& writer() noexcept { return writer_; }
    /// `work(Database&)`, while nobody else reads; what it returns.
    template <class Work>
    auto read(Work work) {
        const std::lock_guard lock(reading_);
        return work(reader_);
    }

  private:
    Writer writer_;
    std::mutex reading_;
    Database reader_;
};

}  // namespace calendar::delivery
