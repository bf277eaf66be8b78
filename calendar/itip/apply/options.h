#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace calendar::itip {

/// `itip:` in the configuration; what the RFCs leave to the postmaster.
struct Options {
    enum class Cancelled { mark, remove } cancelled = Cancelled::mark;
    enum class CancelledInstance { exdate, mark } cancelled_instance = CancelledInstance::exdate;
    enum class PartyCrashers { refuse, hold, add } party_crashers = PartyCrashers::refuse;
    enum class Delegation { verified, claimed, never } delegation = Delegation::verified;
    enum class OrganizerChange { refuse, same_domain } organizer_change = OrganizerChange::refuse;
    int delegates = 1;  ///< of one attendee at a time; 1 to 10
    bool strip_alarms = true;

    /// Sets one by its configuration key (`cancelled`, `remove`). The error is a sentence that names what is valid.
    tl::expected<void, std::string> set(std::string_view key, std::string_view value);
    /// Every key with its value, as set() takes them.
    std::vector<std::pair<std::string_view, std::string_view>> words() const;
};

/// SCHEDULE-AGENT that the deciding rule asks for (RFC 6638 7.1); `server` writes nothing.
enum class ScheduleAgent { server, client, none };

/// The recipient's own PARTSTAT in a new event, as the deciding rule has it: as the sender wrote it, or NEEDS-ACTION.
enum class Partstat { keep, ask };

std::string_view word(ScheduleAgent agent) noexcept;
std::string_view word(Partstat partstat) noexcept;

}  // namespace calendar::itip
