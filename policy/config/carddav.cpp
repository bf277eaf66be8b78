#include <fmt/format.h>

#include "policy/config/outside.h"

namespace policy::config {

address_books::CarddavOptions read_carddav_book(Section& section) {
    using namespace std::chrono_literals;
    address_books::CarddavOptions options;
    options.url = read_pattern(section, "url");
    if (!options.url.empty()) {
        if (const auto wrong = http_url_error(options.url); !wrong.empty())
            section.mistakes().add(section.find("url")->place, fmt::format("'{}' {}", section.name("url"), wrong));
        if (!options.url.ends_with('/')) options.url += '/';
    }
    const bool login = section.find("username") != nullptr;
    if (login) options.username = read_pattern(section, "username");
    const auto password_file = read_file_name(section, "password_file");
    options.password_file = password_file.value_or("");
    if (login != password_file.has_value())
        section.mistakes().add(section.value().place, "'username' and 'password_file' go together");
    section.duration("timeout", options.timeout, 100ms, 300s);
    section.duration("refresh", options.refresh, 1s, std::chrono::seconds(24h * 7));
    return options;
}

}  // namespace policy::config
