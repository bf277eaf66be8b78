#include "policy/config/read_sections.h"

namespace policy::config {

void read_log(Section& top, Config& config) {
    const Value* value = top.find("log");
    if (value == nullptr) return;
    Section log(*value, "log", top.mistakes());
    log.choice("level", config.log.level,
               {{"debug", Log::Level::debug},
                {"info", Log::Level::info},
                {"warning", Log::Level::warning},
                {"error", Log::Level::error}});
    log.choice("format", config.log.format, {{"text", Log::Format::text}, {"json", Log::Format::json}});
    log.choice("to", config.log.to, {{"stderr", Log::To::standard_error}, {"syslog", Log::To::syslog}});
    log.finish();
}

}  // namespace policy::config
