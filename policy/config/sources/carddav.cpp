#include "policy/config/login.h"
#include "policy/config/outside.h"
#include "policy/config/sources/sources.h"

namespace policy::config {

address_books::CarddavOptions read_carddav_book(Section& section) {
    using namespace std::chrono_literals;
    address_books::CarddavOptions options;
    options.url = read_http_url(section);
    options.login = read_login(section);
    section.duration("timeout", options.timeout, 100ms, 300s);
    section.duration("refresh", options.refresh, 1s, std::chrono::seconds(24h * 7));
    return options;
}

}  // namespace policy::config
