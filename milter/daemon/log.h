#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "policy/config/config.h"

namespace milter::daemon {

/// Where the daemon's lines go: standard error or syslog, as text (`QUEUEID: event key=value …`) or one JSON object a
/// line.
void set_up_log(const policy::config::Log& options);

using LogField = std::pair<std::string_view, std::string_view>;

/// One line. Empty fields are left out; every value passes printable(), since most of them were written by strangers.
/// `queue_id` empty: a line of the daemon itself.
void log(policy::config::Log::Level level, std::string_view queue_id, std::string_view event,
         std::initializer_list<LogField> fields);

}  // namespace milter::daemon
