#include "milter/daemon/log.h"

#include <chrono>
#include <string>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include "calendar/base/printable.h"
#include "calendar/base/threads/lock_guarded.h"

namespace milter::daemon {

namespace {

using Level = policy::config::Log::Level;
using Format = policy::config::Log::Format;

spdlog::level::level_enum spd(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view word(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "info";
}

constexpr std::size_t longest_value = 500;  // bytes

/// A value after `key=`: quoted when it would not read as one word.
std::string text_value(std::string_view value) {
    if (value.find_first_of(" \"\\=;") == std::string_view::npos)
        return calendar::base::printable(value, longest_value);
    return calendar::base::quoted(value, longest_value);
}

std::string json_line(Level level, std::string_view queue_id, std::string_view event,
                      std::initializer_list<LogField> fields) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    nlohmann::ordered_json object{{"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", now)}, {"level", word(level)}};
    if (!queue_id.empty()) object["queue_id"] = calendar::base::printable(queue_id);
    object["event"] = event;
    for (const auto& [key, value] : fields) {
        if (value.text() == nullptr)
            object[std::string(key)] = value.number();
        else if (!value.text()->empty())
            object[std::string(key)] = calendar::base::printable(*value.text(), longest_value);
    }
    return object.dump();
}

std::string text_line(std::string_view queue_id, std::string_view event, std::initializer_list<LogField> fields) {
    std::string line;
    if (!queue_id.empty()) line = calendar::base::printable(queue_id) + ": ";
    line += event;
    for (const auto& [key, value] : fields) {
        if (value.text() != nullptr && value.text()->empty()) continue;
        line.append(" ").append(key).append("=");
        line += value.text() == nullptr ? std::to_string(value.number()) : text_value(*value.text());
    }
    return line;
}

/// One for the process: the end of a syslog sink closes the connection of all of them.
std::shared_ptr<spdlog::sinks::sink> syslog_sink() {
    static const auto sink = [] {
        auto made = std::make_shared<spdlog::sinks::syslog_sink_mt>("imip-milter", LOG_PID, LOG_MAIL, true);
        made->set_pattern("%v");
        return made;
    }();
    return sink;
}

std::shared_ptr<spdlog::sinks::sink> standard_error_sink(Format format) {
    auto made = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    made->set_pattern(format == Format::text ? "%Y-%m-%dT%H:%M:%S%z %l %v" : "%v");
    return made;
}

std::shared_ptr<spdlog::sinks::sink> sink_of(const policy::config::Log& options) {
    switch (options.to) {
        case policy::config::Log::To::standard_error:
            return standard_error_sink(options.format);
        case policy::config::Log::To::syslog:
            break;
    }
    return syslog_sink();
}

calendar::base::LockGuarded<SharedLogger>& current() {
    static calendar::base::LockGuarded<SharedLogger> logger(std::make_shared<const Logger>(policy::config::Log{}));
    return logger;
}

}  // namespace

Logger::Logger(const policy::config::Log& options)
    : format_(options.format), lines_(std::make_shared<spdlog::logger>("imip-milter", sink_of(options))) {
    lines_->set_level(spd(options.level));
}

void Logger::write(Level level, std::string_view queue_id, std::string_view event,
                   std::initializer_list<LogField> fields) const noexcept {
    if (!lines_->should_log(spd(level))) return;
    try {
        const auto line =
            format_ == Format::json ? json_line(level, queue_id, event, fields) : text_line(queue_id, event, fields);
        lines_->log(spd(level), "{}", line);
    } catch (...) {  // no memory: there is nothing left to write it with
    }
}

void use_logger(SharedLogger logger) {
    std::swap(*current().lock(), logger);  // the former one ends when the lock is open again
}

void log(Level level, std::string_view queue_id, std::string_view event,
         std::initializer_list<LogField> fields) noexcept {
    const SharedLogger logger = *current().lock();
    logger->write(level, queue_id, event, fields);
}

}  // namespace milter::daemon
