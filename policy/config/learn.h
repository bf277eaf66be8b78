#pragma once

#include "policy/memory/memory.h"

namespace policy::config {

/// `learn:`, from mail that our own users hand in.
struct Learn {
    bool invitations = true;  ///< the events they organize or accept, and who takes part
    bool recipients = true;   ///< everybody they write to
    memory::Memory::Bounds bounds;
};

}  // namespace policy::config
