#pragma once

#include <chrono>
#include <string>

#include <tl/expected.hpp>

namespace calendar::base {

/// Until when an answer from outside this machine is waited for.
using Deadline = std::chrono::steady_clock::time_point;

/// What somebody outside was asked. Error: it could not be found out (no answer, a refusal, nonsense); one sentence for
/// people that holds no secret. That nobody is there is not an error but a value.
template <class T>
using Found = tl::expected<T, std::string>;

}  // namespace calendar::base
