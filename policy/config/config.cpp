#include "policy/config/config.h"

#include "policy/config/read_sections.h"
#include "policy/config/text/files.h"

namespace policy::config {

tl::expected<Config, std::vector<Mistake>> read_config(const std::filesystem::path& file) {
    Mistakes mistakes;
    Config config;
    config.file = file;
    if (const auto root = read_files(file, mistakes)) {
        Section top(*root, "", mistakes);
        read_server(top, config);
        read_keep(top, config);
        read_log(top, config);
        read_limits(top, config);
        read_authentication(top, config);
        read_spam(top, config);
        read_backends(top, config);
        read_presets(top, config);
        read_users(top, config);
        warn_of_shared_calendars(top, config);
        read_address_books(top, config);
        read_itip(top, config);
        read_hazards(top, config);
        read_queue(top, config);
        read_learn(top, config);
        read_agent_address(top, config);
        top.finish();
    }
    if (mistakes.has_errors()) return tl::unexpected(mistakes.sorted());
    config.warnings = mistakes.sorted();
    return config;
}

}  // namespace policy::config
