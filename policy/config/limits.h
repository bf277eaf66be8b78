#pragma once

#include <chrono>
#include <cstddef>

#include "calendar/itip/text/limits.h"

namespace policy::config {

/// `limits:`; sizes in bytes.
struct Limits {
    std::size_t message = 25 * 1024 * 1024;
    std::size_t calendar_part = calendar::itip::CalendarLimits{}.bytes;
    std::size_t calendar_parts = 10;
    std::size_t mime_depth = 20;
    std::size_t mime_parts = 500;
    std::size_t components = calendar::itip::CalendarLimits{}.components;
    std::size_t attendees = calendar::itip::CalendarLimits{}.attendees;
    std::size_t uids = calendar::itip::CalendarLimits{}.uids;
    std::size_t decisions = 500;  ///< of one mail: events times recipients
    std::size_t cells = 0;  ///< sandboxed processes that read messages at once; 0: one more than there are processors
    std::size_t forged_fields = 50;                    ///< Calendar-Processing fields that a message arrives with
    std::size_t in_transit = std::size_t{512} << 20;   ///< all messages that are received or judged at one time
    std::chrono::milliseconds end_of_message{30'000};  ///< the whole answer at end of message
    std::size_t undecided = 256 * 1024 * 1024;         ///< all that waits for a decision
    std::size_t held = 1024 * 1024 * 1024;             ///< all that waits for a person
};

}  // namespace policy::config
