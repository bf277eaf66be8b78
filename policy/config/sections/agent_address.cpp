#include "calendar/base/text.h"
#include "policy/config/outside.h"
#include "policy/config/read_sections.h"
#include "policy/config/text/names.h"

namespace policy::config {
namespace {

constexpr std::string_view token = "{token}";

/// "cal+{token}@example.com" -> its parts. False: it is no such pattern.
bool read_agent_pattern(const std::string& text, users::AgentOptions& options) {
    const auto at = text.rfind('@');
    const auto open = text.find(token);
    if (at == std::string::npos || open == std::string::npos || open > at ||
        text.find(token, open + 1) != std::string::npos)
        return false;
    options.local_before = calendar::base::lowered(text.substr(0, open));
    options.local_after = calendar::base::lowered(text.substr(open + token.size(), at - open - token.size()));
    options.domain = ascii_domain(text.substr(at + 1)).value_or("");
    return calendar::itip::Address::parse(options.local_before + "x" + options.local_after + "@" + options.domain)
        .has_value();
}

}  // namespace

void read_agent_address(Section& top, Config& config) {
    const Value* value = top.find("agent_address");
    if (value == nullptr) return;
    Section section(*value, "agent_address", top.mistakes());
    users::AgentOptions options;
    if (const Value* pattern = section.require("pattern")) {
        const auto text = read_text(*pattern, section.name("pattern"), top.mistakes());
        if (text && !read_agent_pattern(*text, options))
            section.must("pattern",
                         "be an address with one {token} before the '@', such as \"cal+{token}@example.com\"");
    }
    section.require("secret_file");
    if (auto file = read_file_name(section, "secret_file")) options.secret_file = std::move(*file);
    section.finish();
    config.agent_address = std::move(options);
}

}  // namespace policy::config
