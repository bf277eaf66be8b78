#pragma once

namespace policy::config {

/// `log:`
struct Log {
    enum class Level { debug, info, warning, error } level = Level::info;
    enum class Format { text, json } format = Format::text;
    enum class To { standard_error, syslog } to = To::standard_error;
};

}  // namespace policy::config
