#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/config/text/mistakes.h"

namespace policy::config {

struct Entry;

/// A YAML node with its place. What a scalar means is decided by who reads it: nothing here is turned into a number or
/// a truth value.
struct Value {
    enum class Kind { null, scalar, sequence, map } kind = Kind::null;
    Place place;
    std::string text;            ///< of a scalar
    bool quoted = false;         ///< the scalar stood in quotes or as a block
    std::vector<Value> items;    ///< of a sequence
    std::vector<Entry> entries;  ///< of a map, in order, each key once

    const Entry* find(std::string_view key) const noexcept;
};
struct Entry {
    std::string key;
    Place place;
    Value value;
};

constexpr std::size_t largest_file = 1024 * 1024;  ///< bytes
constexpr std::size_t deepest = 20;                ///< nested sequences and maps

/// Reads one YAML document. Mistakes: not readable, too large, syntax, a second document, anchors and aliases (they can
/// multiply without bound), tags, keys that are not words, duplicate keys, too deep. None when the file as a whole
/// cannot be used.
std::optional<Value> read_yaml(const std::filesystem::path& file, Mistakes& mistakes);

}  // namespace policy::config
