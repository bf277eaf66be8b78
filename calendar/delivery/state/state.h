#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "calendar/delivery/state/database.h"
#include "calendar/delivery/state/writer.h"

namespace calendar::delivery {

/// The state database as a program uses it: one writer for all its threads, one reader. Thread-safe.
class State {
  public:
    /// `url` is `sqlite:/path/to/state.db`; the file is made and its schema set up. Throws std::runtime_error.
    explicit State(const std::string& url) : writer_(std::in_place, url), reader_(url) {}

    /// Only to look: nothing is made, changed or locked. Null when the file does not exist, so that nothing is known.
    /// Throws std::runtime_error when it cannot be read.
    static std::unique_ptr<State> open_read_only(const std::string& url);

    /// To look and write beside the daemon, which made the file. Null when there is none. Throws std::runtime_error,
    /// also when the daemon has yet to bring its schema to this one.
    static std::unique_ptr<State> open_existing(const std::string& url);

    /// Throws std::logic_error (bad_optional_access) when the state was opened only to look.
    Writer& writer() { return writer_.value(); }
    /// `work(Database&)`, while nobody else reads; what it returns.
    template <class Work>
    auto read(Work work) {
        const std::lock_guard lock(reading_);
        const Database::View view(reader_);
        return work(reader_);
    }

  private:
    State(const std::string& url, Database::Access access) : reader_(url, access) {}

    std::optional<Writer> writer_;
    std::mutex reading_;
    Database reader_;
};

}  // namespace calendar::delivery
