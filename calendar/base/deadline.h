#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <tl/expected.hpp>

namespace calendar::base {

/// Until when an answer from outside this machine is waited for.
using Deadline = std::chrono::steady_clock::time_point;

/// What time it is; an argument, so that tests need not wait.
using Now = std::function<Deadline()>;

/// The answer of a service outside. Error: there is none (no answer, a refusal, nonsense); one sentence for people that
/// holds no secret. "Not found" is not an error but a value.
template <class T>
using Found = tl::expected<T, std::string>;

}  // namespace calendar::base
