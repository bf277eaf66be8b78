#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include "policy/config/log.h"

namespace spdlog {
class logger;
}

namespace milter::daemon {

using LogField = std::pair<std::string_view, std::string_view>;

/// Where lines go and what they look like: standard error or syslog, as text (`QUEUEID: event key=value …`) or one JSON
/// object a line. Immutable; any number of threads may write.
class Logger {
  public:
    explicit Logger(const policy::config::Log& options);

    /// See log(). What cannot be written is lost: no message fails because of its log line.
    void write(policy::config::Log::Level level, std::string_view queue_id, std::string_view event,
               std::initializer_list<LogField> fields) const noexcept;

  private:
    policy::config::Log::Format format_;
    std::shared_ptr<spdlog::logger> lines_;
};

using SharedLogger = std::shared_ptr<const Logger>;

/// log() writes to this one from now on. A line that is being written keeps the logger that it began with.
void use_logger(SharedLogger logger);

/// One line. Empty fields are left out; every value passes printable(), since most of them were written by strangers.
/// `queue_id` empty: a line of the daemon itself. Before the first use_logger(): text on standard error.
void log(policy::config::Log::Level level, std::string_view queue_id, std::string_view event,
         std::initializer_list<LogField> fields) noexcept;

}  // namespace milter::daemon
