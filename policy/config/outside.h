#pragma once

#include <span>

#include "policy/config/text/section.h"
#include "policy/users/user_source.h"

/// What several sections say of things outside: files, servers, domains, and texts with placeholders.
namespace policy::config {

/// A file of the configuration by its key, beside the file that names it; none when the key is absent.
std::optional<std::filesystem::path> read_file_name(Section& section, std::string_view key);

/// What stands for a user in a text.
inline constexpr std::string_view of_user[] = {"{user}", "{local}", "{domain}", "{address}"};
/// A required text with these placeholders; others are a mistake.
std::string read_pattern(Section& section, std::string_view key,
                         std::span<const std::string_view> placeholders = of_user);
/// The same as a path, beside the file that names it.
std::string read_path_pattern(Section& section, std::string_view key);
/// Notes the placeholders in a text that are not among these.
void check_placeholders(const Value& value, const std::string& name, std::span<const std::string_view> placeholders,
                        Mistakes& mistakes);

/// Warns that a secret goes to the server at `url`, which is not encrypted, unless that is on this host.
void warn_of_plain_secret(Section& section, std::string_view secret, std::string_view encrypted);

/// `url`, required: of a server by http or https, with placeholders in its path. Ends in '/'.
std::string read_http_url(Section& section);
/// What is wrong with the pattern of such a URL, to follow the name of its key; empty when nothing is.
std::string_view http_url_error(std::string_view url);

/// `key`, a list of domains; they are kept in lower-case ASCII.
void read_domains(Section& section, std::string_view key, std::vector<std::string>& domains);

/// How long answers are remembered: `cache: 5m`, `cache_nobody: 1m`.
void read_cache_options(Section& section, users::CacheOptions& cache);

}  // namespace policy::config
