#include <fmt/format.h>
#include <unistd.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "policy/config/read_sections.h"
#include "policy/config/text/units.h"

namespace policy::config {
namespace {

constexpr std::size_t longest_socket_path = 107;  // sun_path less its final NUL

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 255 && calendar::base::letters_digits_or(text, ".:-[]");
}

bool is_port_at_host(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos) return false;
    return parse_port(text.substr(0, at)) && is_host(text.substr(at + 1));
}

bool is_listen(std::string_view text) {
    for (const std::string_view family : {"unix:", "local:"})
        if (text.starts_with(family)) {
            const auto path = text.substr(family.size());
            return path.starts_with('/') && path.size() <= longest_socket_path;
        }
    for (const std::string_view family : {"inet:", "inet6:"})
        if (text.starts_with(family)) return is_port_at_host(text.substr(family.size()));
    return false;
}

void read_listen(Section& top, Config& config) {
    config.listen = "unix:/run/imip-milter/milter.sock";
    top.text("listen", config.listen);
    if (!is_listen(config.listen))
        top.must("listen",
                 fmt::format("be unix:/PATH with a path of at most {} bytes, inet:PORT@HOST or inet6:PORT@HOST",
                             longest_socket_path));
}

void read_socket_mode(Section& top, Config& config) {
    std::string text = "0660";
    top.text("socket_mode", text);
    if (text.size() < 3 || text.size() > 4 || text.find_first_not_of("01234567") != std::string::npos ||
        (text.size() == 4 && text.front() != '0'))
        top.must("socket_mode", "be octal permissions such as \"0660\"");
    else
        config.socket_mode = static_cast<unsigned>(std::stoul(text, nullptr, 8));
}

/// RFC 8601 2.5: as a domain name, so that it needs no quotes in a header field.
bool is_authserv_id(std::string_view text) {
    return !text.empty() && text.size() <= 255 && text.front() != '.' && text.front() != '-' &&
           calendar::base::letters_digits_or(text, "._-");
}

void read_authserv_id(Section& top, Config& config) {
    const Value* value = top.find("authserv_id");
    if (value == nullptr) {
        char name[256] = {};
        if (::gethostname(name, sizeof name - 1) == 0) config.authserv_id = name;
        if (!is_authserv_id(config.authserv_id))
            top.mistakes().add(
                top.value().place,
                fmt::format(
                    "'authserv_id' is missing and the host name '{}' is not usable; set it, e.g. to mx.example.com",
                    calendar::base::printable(config.authserv_id)));
        return;
    }
    top.text("authserv_id", config.authserv_id);
    if (!config.authserv_id.empty() && !is_authserv_id(config.authserv_id))
        top.must("authserv_id", "be a name such as mx.example.com");
}

void read_state(Section& top, Config& config) {
    constexpr std::string_view sqlite = "sqlite:";
    config.state = "sqlite:/var/lib/imip-milter/state.db";
    const Value* value = top.find("state");
    if (value == nullptr) return;
    top.text("state", config.state);
    if (!config.state.starts_with(sqlite) || config.state.size() == sqlite.size())
        top.fault("state", "must be sqlite:/PATH");
    else
        config.state = std::string(sqlite) + beside(value->place, config.state.substr(sqlite.size()));
}

}  // namespace

void read_server(Section& top, Config& config) {
    read_listen(top, config);
    read_socket_mode(top, config);
    read_authserv_id(top, config);
    read_state(top, config);
    top.choice("on_error", config.tempfail_on_error, {{"accept", false}, {"tempfail", true}});
}

}  // namespace policy::config
