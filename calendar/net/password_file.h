#pragma once

#include <filesystem>
#include <string>

namespace calendar::net {

/// The first line of a file, without its line end. Throws std::runtime_error with the file's name when it cannot be
/// read, the line is empty (no server means that), or it holds a NUL.
std::string read_password(const std::filesystem::path& file);

}  // namespace calendar::net
