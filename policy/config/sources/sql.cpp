#include <algorithm>

#include "policy/config/outside.h"
#include "policy/config/sources/sources.h"
#include "policy/config/text/units.h"

namespace policy::config {
namespace {

constexpr std::string_view sqlite = "sqlite:";
constexpr std::string_view server = "postgresql://";

bool is_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Only what a URL's parts may hold as it is (RFC 3986 2), and %XX. libpq decodes it; of what it does not understand it
/// would quote all, the password included.
bool is_encoded(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
            if (text.substr(i + 1, 2) == "00") return false;
        } else if (!is_hex(c) && !(c >= 'g' && c <= 'z') && !(c >= 'G' && c <= 'Z') &&
                   std::string_view("-._~").find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

bool is_host(std::string_view host) noexcept {
    if (!host.starts_with('[')) return !host.empty() && is_encoded(host);
    return host.size() > 2 && host.ends_with(']') &&
           std::all_of(host.begin() + 1, host.end() - 1, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

/// What is wrong with [USER@]HOST[:PORT]/NAME, to follow the name of its key; empty when nothing is.
std::string_view wrong_with_server(std::string_view text) {
    const auto at = text.rfind('@');
    const auto user = text.substr(0, at == std::string_view::npos ? 0 : at);
    if (user.find(':') != std::string_view::npos) return "must not contain a password; use 'password_file'";
    if (at != std::string_view::npos) text.remove_prefix(at + 1);
    const auto slash = std::min(text.find('/'), text.size());
    auto host = text.substr(0, slash);
    const auto name = text.substr(std::min(slash + 1, text.size()));
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && !host.ends_with(']')) {
        if (!parse_port(host.substr(colon + 1))) return "must have a port from 1 to 65535";
        host = host.substr(0, colon);
    }
    if (name.empty() || !is_host(host) || !is_encoded(user) || !is_encoded(name) ||
        (user.empty() && at != std::string_view::npos))
        return "must be postgresql://[USER@]HOST[:PORT]/NAME, with special characters as %XX";
    return {};
}

void read_database(Section& section, users::SqlOptions& options) {
    const Value* value = section.require("database");
    const bool password = section.find("password_file") != nullptr;
    options.password_file = read_file_name(section, "password_file");
    if (value == nullptr) return;
    const auto text = read_text(*value, section.name("database"), section.mistakes());
    if (!text) return;
    std::string_view wrong;
    if (text->starts_with(server)) {
        wrong = wrong_with_server(std::string_view(*text).substr(server.size()));
        options.database = *text;
    } else if (text->starts_with(sqlite) && text->size() > sqlite.size()) {
        // SOCI takes the path between quotes.
        if (text->find_first_of(std::string_view("\"\0\n", 3)) != std::string::npos)
            wrong = "must not contain quotation marks, line feeds or NUL";
        options.database = std::string(sqlite) + beside(value->place, text->substr(sqlite.size()));
        if (password) section.fault("password_file", "is only valid with postgresql://");
    } else {
        wrong = "must be postgresql://[USER@]HOST[:PORT]/NAME or sqlite:/PATH";
    }
    // The value is not quoted: it may hold a password.
    if (!wrong.empty()) section.fault("database", wrong);
}

void read_query(Section& section, users::SqlOptions& options) {
    const Value* value = section.require("query");
    if (value == nullptr) return;
    const auto text = read_text(*value, section.name("query"), section.mistakes());
    if (!text) return;
    if (auto query = users::read_sql_query(*text))
        options.query = *std::move(query);
    else
        section.fault("query", query.error());
}

}  // namespace

users::SqlOptions read_sql_users(const Value& value, Mistakes& mistakes) {
    using namespace std::chrono_literals;
    users::SqlOptions options;
    Section section(value, "users.sql", mistakes);
    read_database(section, options);
    read_query(section, options);
    section.duration("timeout", options.timeout, 100ms, 300s);
    read_cache_options(section, options.cache);
    section.finish();
    return options;
}

}  // namespace policy::config
