#pragma once

#include <cstddef>
#include <functional>

namespace calendar::base {

/// Calls work(0) … work(count - 1), several at once on threads of their own, and returns when all are done. Throws what
/// one of them threw. For questions to servers, which take long and cost little.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace calendar::base
