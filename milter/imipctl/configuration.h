#pragma once

#include <memory>
#include <optional>
#include <string>

#include "calendar/delivery/state/state.h"
#include "milter/daemon/snapshot.h"
#include "policy/config/config.h"
#include "policy/memory/memory.h"

namespace milter::imipctl {

/// The configuration. Its errors and warnings go to standard error; with an error Unusable is thrown.
policy::config::Config read_configuration(const std::string& file);

/// Whether a command only looks at the state of the daemon.
enum class StateAccess { read_only, read_write };

/// The state database of a configuration. Null: there is no such file yet, so nothing ever happened. With `read_only`
/// the file stays as it is, and none is made. Throws Unusable when it cannot be used.
std::unique_ptr<calendar::delivery::State> open_state(const policy::config::Config& config, StateAccess access);

/// What is read when no other file is named.
extern const char* const default_configuration;

/// A configuration with all that is made from it, and with what the daemon that runs with it has learned. State and
/// calendars are only read: what is written into a calendar stays in memory.
class Configuration {
  public:
    /// Throws Unusable when the file has errors or names what cannot be used.
    explicit Configuration(const std::string& file);
    Configuration(const Configuration&) = delete;
    Configuration& operator=(const Configuration&) = delete;

    const daemon::Snapshot& snapshot() const { return *snapshot_; }
    /// Null: there is none yet.
    calendar::delivery::State* state() const { return state_.get(); }

  private:
    explicit Configuration(policy::config::Config config);

    std::unique_ptr<calendar::delivery::State> state_;
    std::optional<policy::memory::Memory> memory_;
    std::optional<daemon::Snapshot> snapshot_;
};

}  // namespace milter::imipctl
