#include "milter/daemon/log.h"

#include <atomic>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include "calendar/base/printable.h"

namespace milter::daemon {

namespace {

using Level = policy::config::Log::Level;
using Format = policy::config::Log::Format;

std::atomic<Format> format{Format::text};

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

/// A value as it stands behind `key=`: quoted when it would not read as one word.
std::string text_value(std::string_view value) {
    if (value.find_first_of(" \"\\=;") == std::string_view::npos) return calendar::base::printable(value);
    return calendar::base::quoted(value);
}

}  // namespace

void set_up_log(const policy::config::Log& options) {
    std::shared_ptr<spdlog::logger> logger;
    switch (options.to) {
        case policy::config::Log::To::standard_error:
            logger = std::make_shared<spdlog::logger>("imip-milter", std::make_shared<spdlog::sinks::stderr_sink_mt>());
            logger->set_pattern(options.format == Format::text ? "%Y-%m-%dT%H:%M:%S%z %l %v" : "%v");
            break;
        case policy::config::Log::To::syslog:
            logger = std::make_shared<spdlog::logger>(
                "imip-milter", std::make_shared<spdlog::sinks::syslog_sink_mt>("imip-milter", LOG_PID, LOG_MAIL, true));
            logger->set_pattern("%v");
            break;
    }
    logger->set_level(spd(options.level));
    format = options.format;
    spdlog::set_default_logger(std::move(logger));
}

void log(Level level, std::string_view queue_id, std::string_view event, std::initializer_list<LogField> fields) {
    if (!spdlog::should_log(spd(level))) return;
    std::string line;
    if (format == Format::json) {
        nlohmann::ordered_json object{{"level", word(level)}};
        if (!queue_id.empty()) object["queue_id"] = calendar::base::printable(queue_id);
        object["event"] = event;
        for (const auto& [key, value] : fields) {
            if (!value.empty()) object[std::string(key)] = calendar::base::printable(value, 500);
        }
        line = object.dump();
    } else {
        if (!queue_id.empty()) line = calendar::base::printable(queue_id) + ": ";
        line += event;
        for (const auto& [key, value] : fields) {
            if (!value.empty()) line.append(" ").append(key).append("=").append(text_value(value));
        }
    }
    spdlog::default_logger_raw()->log(spd(level), "{}", line);
}

}  // namespace milter::daemon
