#include "policy/config/login.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "policy/config/outside.h"

namespace policy::config {
namespace {

/// Those that a request sets itself.
constexpr auto reserved = std::to_array<std::string_view>(
    {"accept-encoding", "authorization", "connection", "content-length", "content-type", "depth", "expect", "host",
     "if-match", "if-none-match", "te", "trailer", "transfer-encoding", "upgrade"});

/// A token (RFC 9110 5.6.2).
bool is_field_name(std::string_view name) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

void check_name(const Entry& entry, const std::string& name, Mistakes& mistakes) {
    if (!is_field_name(entry.key))
        mistakes.add(entry.place, fmt::format("'{}' in '{}' is not a valid name of a header field",
                                              calendar::base::printable(entry.key), name));
    else if (std::ranges::find(reserved, calendar::base::lowered(entry.key)) != reserved.end())
        mistakes.add(entry.place, fmt::format("'{}' must not be set in '{}'; the daemon sets it", entry.key, name));
}

std::map<std::string, std::string> read_headers(Section& section) {
    std::map<std::string, std::string> headers;
    const Value* value = section.find("headers");
    if (value == nullptr) return headers;
    if (value->kind != Value::Kind::map) section.must("headers", "be a map such as {Authorize-As: \"{user}\"}");
    const auto all = section.name("headers");
    for (const Entry& entry : value->entries) {
        check_name(entry, all, section.mistakes());
        const auto name = all + "." + calendar::base::printable(entry.key);
        const auto text = read_text(entry.value, name, section.mistakes());
        if (!text) continue;
        check_placeholders(entry.value, name, of_user, section.mistakes());
        if (std::ranges::any_of(*text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }))
            must(entry.value, name, "be one line without control characters", section.mistakes());
        headers.emplace(entry.key, *text);
    }
    return headers;
}

void check_transport(Section& section, bool password, bool token) {
    const Value* url = section.find("url");
    if (url == nullptr || !url->text.starts_with("http://")) return;
    if (password || token) warn_of_plain_secret(section, password ? "password" : "token", "https://");
    for (const auto* key : {"certificate", "key", "ca_file"})
        if (section.find(key) != nullptr) section.fault(key, "is only valid with https://");
}

}  // namespace

calendar::net::Login read_login(Section& section) {
    calendar::net::Login login;
    const bool password = section.find("password_file") != nullptr;
    const bool token = section.find("token_file") != nullptr;
    if (section.find("username") != nullptr) login.username = read_pattern(section, "username");
    if (password) login.password_file = read_path_pattern(section, "password_file");
    section.pair("username", "password_file");
    login.token_file = read_file_name(section, "token_file").value_or("");
    if (token && password) section.fault("token_file", "must not be set together with 'username' and 'password_file'");
    login.certificate = read_file_name(section, "certificate").value_or("");
    login.key = read_file_name(section, "key").value_or("");
    section.pair("certificate", "key");
    login.ca_file = read_file_name(section, "ca_file").value_or("");
    login.headers = read_headers(section);
    check_transport(section, password, token);
    return login;
}

}  // namespace policy::config
