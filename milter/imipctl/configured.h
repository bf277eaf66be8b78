#pragma once

#include <optional>
#include <string>

#include "calendar/delivery/state.h"
#include "policy/config/config.h"

namespace milter::imipctl {

/// The configuration; when there are mistakes they go to standard error, all of them, and Unusable is thrown.
policy::config::Config read_configuration(const std::string& file);

/// The state database of a configuration. None: there is no such file yet, so nothing ever happened. Throws when it
/// cannot be used.
std::optional<calendar::delivery::State> open_state(const policy::config::Config& config);

}  // namespace milter::imipctl
