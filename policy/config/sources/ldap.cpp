#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "policy/config/outside.h"
#include "policy/config/sources/sources.h"
#include "policy/config/text/units.h"

namespace policy::config {
namespace {

/// The user is what the directory is asked for, so there is no {user} yet.
constexpr std::string_view of_address[] = {"{local}", "{domain}", "{address}"};
constexpr std::string_view of_sender[] = {"{user}", "{local}", "{domain}", "{address}", "{sender}"};

/// HOST[:PORT], an IPv6 address in brackets.
bool is_server(std::string_view text) {
    if (text.ends_with('/')) text.remove_suffix(1);
    const auto colon = text.find(':', text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0);
    const auto host = text.substr(0, colon);
    const bool v6 = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    const bool usable = v6 ? host.find_first_not_of("[]0123456789abcdefABCDEF:.") == std::string_view::npos
                           : !host.empty() && calendar::base::letters_digits_or(host, ".-_");
    return usable && (colon == std::string_view::npos || parse_port(text.substr(colon + 1)));
}

/// What is wrong with a URL, to follow the name of its key; empty when nothing is.
std::string_view ldap_url_error(std::string_view url) {
    const auto colon = url.find("://");
    const auto scheme = url.substr(0, colon);
    if (colon == std::string_view::npos || (scheme != "ldap" && scheme != "ldaps" && scheme != "ldapi"))
        return "must start with ldap://, ldaps:// or ldapi://";
    const auto rest = url.substr(colon + 3);
    if (scheme != "ldapi")
        return is_server(rest) ? "" : "must name one server and nothing else, such as ldaps://ldap.example.com:636";
    return rest.size() > 1 && rest.find_first_of("/ ,?#") == std::string_view::npos
               ? ""
               : "must be the path of a socket with %2F for each slash, such as ldapi://%2Frun%2Fslapd%2Fldapi";
}

ldap::DirectoryOptions read_directory(Section& section) {
    using namespace std::chrono_literals;
    ldap::DirectoryOptions options;
    section.require("url");
    section.text("url", options.url);
    if (!options.url.empty())
        if (const auto wrong = ldap_url_error(options.url); !wrong.empty()) section.fault("url", wrong);
    section.boolean("start_tls", options.start_tls);
    if (options.start_tls && !options.url.starts_with("ldap:"))
        section.fault("start_tls", "is only valid with ldap://");
    section.text("bind_dn", options.bind_dn);
    options.password_file = read_file_name(section, "password_file");
    section.pair("bind_dn", "password_file");
    if (options.password_file && options.url.starts_with("ldap://") && !options.start_tls)
        warn_of_plain_secret(section, "password", "ldaps:// or 'start_tls: true'");
    options.ca_file = read_file_name(section, "ca_file");
    if (options.ca_file && !options.start_tls && !options.url.starts_with("ldaps:"))
        section.fault("ca_file", "is only valid with ldaps:// or 'start_tls: true'");
    section.duration("timeout", options.timeout, 100ms, 60s);
    return options;
}

/// (…), with as many closing parentheses as opening ones, and none too early.
bool is_filter(std::string_view text) {
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        if (depth == 0 && i + 1 < text.size()) return false;
    }
    return depth == 0 && text.starts_with('(');
}

void check_filter(Section& section, const std::string& filter) {
    if (!filter.empty() && !is_filter(filter))
        section.must("filter", "be one LDAP filter in balanced parentheses, e.g. (mail={address})");
}

bool is_attribute(std::string_view text) {
    return calendar::base::letters_digits_or(text, "-.;");
}

void check_attribute(const Value& value, const std::string& name, Mistakes& mistakes) {
    if (!is_attribute(value.text)) must(value, name, "be the name of an LDAP attribute", mistakes);
}

void read_attribute(Section& section, std::string_view key, std::string& target) {
    section.text(key, target);
    if (const Value* value = section.find(key)) check_attribute(*value, section.name(key), section.mistakes());
}

void read_attributes(const Value& value, users::LdapOptions& options, Mistakes& mistakes) {
    Section section(value, "users.ldap.attributes", mistakes);
    read_attribute(section, "user", options.user_attribute);
    if (const Value* addresses = section.find("addresses")) {
        options.address_attributes.clear();
        for (const Value* each : read_some_texts(*addresses, section.name("addresses"), mistakes)) {
            check_attribute(*each, section.name("addresses"), mistakes);
            options.address_attributes.push_back(each->text);
        }
    }
    read_attribute(section, "preset", options.preset_attribute);
    read_attribute(section, "backend", options.backend_attribute);
    read_attribute(section, "timezone", options.timezone_attribute);
    section.finish();
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

users::LdapOptions read_ldap_users(const Value& value, Mistakes& mistakes) {
    users::LdapOptions options;
    Section section(value, "users.ldap", mistakes);
    options.directory = read_directory(section);
    options.base = read_pattern(section, "base", of_address);
    options.filter = read_pattern(section, "filter", of_address);
    check_filter(section, options.filter);
    if (!options.filter.empty() && !holds(options.filter + options.base, "{address}") &&
        !holds(options.filter + options.base, "{local}"))
        section.fault("filter", "must contain {address} or {local}; otherwise every address finds the same user");
    if (const Value* attributes = section.find("attributes")) read_attributes(*attributes, options, mistakes);
    read_cache_options(section, options.cache);
    section.finish();
    return options;
}

address_books::LdapOptions read_ldap_book(Section& section) {
    address_books::LdapOptions options;
    options.directory = read_directory(section);
    options.base = read_pattern(section, "base", of_sender);
    options.filter = read_pattern(section, "filter", of_sender);
    check_filter(section, options.filter);
    if (!options.filter.empty() && !holds(options.filter, "{sender}"))
        section.fault("filter", "must contain {sender}; otherwise every sender is found");
    return options;
}

}  // namespace policy::config
