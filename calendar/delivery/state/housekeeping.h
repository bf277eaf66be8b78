#pragma once

#include "calendar/delivery/expiry.h"
#include "calendar/delivery/state/state.h"

/// What is done now and again, in small transactions, while commits go on.
namespace calendar::delivery {

/// See Queue::expire().
void forget_old(State& state, const Expiry& expiry, Time now);
/// The pages that nothing uses any more go back to the file system.
void give_back_space(State& state);

}  // namespace calendar::delivery
