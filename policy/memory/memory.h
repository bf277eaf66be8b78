#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/delivery/state/state.h"
#include "calendar/itip/read/address.h"

namespace policy::memory {

/// What a message that a local user handed in says about that user.
struct Observation {
    std::string user;
    std::vector<std::string> uids;                        ///< of invitations that the user sends as their organizer
    std::vector<calendar::itip::Address> correspondents;  ///< to whom the user writes
};

/// What users have sent and accepted, and to whom they have written: in the state database, bounded in time and number.
/// Thread-safe. Throws std::runtime_error when the database cannot be used.
class Memory {
  public:
    struct Bounds {
        std::chrono::seconds keep = std::chrono::hours(24 * 400);  ///< since it happened last
        std::size_t most = 10'000;  ///< of each kind and user; what happened longest ago goes first
    };

    /// `state` outlives the memory.
    explicit Memory(calendar::delivery::State& state) : state_(state) {}

    /// Remembers; one transaction, which survives the end of this process but perhaps not a power cut.
    void learn(const Observation& observation, const Bounds& bounds, std::chrono::sys_seconds now);

    bool knows_event(const std::string& user, const std::string& uid) const;
    /// In how many messages the user has written to this address.
    std::size_t messages(const std::string& user, const calendar::itip::Address& address) const;

    /// Forgets what is too old and what is too much.
    void expire(const Bounds& bounds, std::chrono::sys_seconds now);

  private:
    calendar::delivery::State& state_;
};

}  // namespace policy::memory
