#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <variant>

#include "policy/config/log.h"

namespace spdlog {
class logger;
}

namespace milter::daemon {

/// A text, or a number.
class LogValue {
  public:
    template <class Text>
    requires std::convertible_to<const Text&, std::string_view> LogValue(const Text& text)
        : value_(std::string_view(text)) {}
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) LogValue(Number number) : value_(static_cast<std::int64_t>(number)) {}

    /// Null for a number.
    const std::string_view* text() const noexcept { return std::get_if<std::string_view>(&value_); }
    std::int64_t number() const { return std::get<std::int64_t>(value_); }

  private:
    std::variant<std::string_view, std::int64_t> value_;
};

struct LogField {
    std::string_view key;
    LogValue value;
};

/// Where lines go and what they look like: standard error or syslog, as text (`QUEUEID: event key=value …`) or one JSON
/// object a line, with the `time` (RFC 3339). Immutable; any number of threads may write.
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

/// One line. Empty texts are left out; every value passes printable(), since most of them were written by strangers.
/// `queue_id` empty: a line of the daemon itself. Before the first use_logger(): text on standard error.
void log(policy::config::Log::Level level, std::string_view queue_id, std::string_view event,
         std::initializer_list<LogField> fields) noexcept;

}  // namespace milter::daemon
