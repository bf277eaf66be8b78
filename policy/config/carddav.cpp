#include "policy/config/outside.h"
#include "policy/config/sources.h"

namespace policy::config {

address_books::CarddavOptions read_carddav_book(Section& section) {
    using namespace std::chrono_literals;
    address_books::CarddavOptions options;
    options.url = read_http_url(section);
    if (section.find("username") != nullptr) options.username = read_pattern(section, "username");
    options.password_file = read_file_name(section, "password_file").value_or("");
    section.pair("username", "password_file");
    section.duration("timeout", options.timeout, 100ms, 300s);
    section.duration("refresh", options.refresh, 1s, std::chrono::seconds(24h * 7));
    return options;
}

}  // namespace policy::config
