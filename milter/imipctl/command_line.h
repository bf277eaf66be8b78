#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "milter/imipctl/unusable.h"

/// What the subcommands have in common: exit statuses, files, checks of arguments, output.
namespace milter::imipctl {

enum Exit : int {
    yes = 0,           ///< done
    no = 1,            ///< a clean no: unchanged, refused, not found
    wrong = 2,         ///< wrong usage, unreadable input or configuration
    unavailable = 75,  ///< EX_TEMPFAIL: something outside did not answer
};

/// Bytes of a detail that is printed for people.
inline constexpr std::size_t longest_detail = 1000;

/// The whole file; `-` is standard input. Throws Unusable; also for more than 256 MiB.
std::string read_file(const std::filesystem::path& file);
/// The same of a message, as an MTA passes it on: every line ends in CRLF, however the file was saved.
std::string read_message(const std::filesystem::path& file);

// For Option::check(): the sentence about what is wrong, or nothing.
std::string email_address_error(const std::string& text);
std::string ip_address_error(const std::string& text);

/// One JSON document on standard output, indented, bytes that are not UTF-8 replaced.
void print_json(const nlohmann::json& json);

}  // namespace milter::imipctl
