#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "policy/config/text/yaml.h"

namespace policy::config {

/// Why this path, which the configuration names, is not a readable file; empty: it is one. Never throws for what a file
/// system says.
std::string file_error(const std::filesystem::path& path);

/// The keys of a file and of all that it includes, as one map. `include: [FILE, …]` is relative to the including file.
/// Maps are put together; any other value stands in one file only. None when the file itself cannot be read at all.
std::optional<Value> read_files(const std::filesystem::path& file, Mistakes& mistakes);

}  // namespace policy::config
