#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// Secrets in files. Everything throws std::runtime_error with the file's name when it cannot be used.
namespace calendar::net {

/// The first line of a file, without its line end. An empty one (no server means that) and one with a NUL are refused.
std::string read_password(const std::filesystem::path& file);

/// The same of a Bearer token: printable ASCII without spaces (RFC 6750 2.1).
std::string read_token(const std::filesystem::path& file);

/// A whole file with PEM texts (RFC 7468) in it; `kind` is what the sentence calls it.
std::string read_pem(const std::filesystem::path& file, std::string_view kind);

}  // namespace calendar::net
