#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace policy::config {

/// `500ms 5s 2m 1h 7d`: digits and one unit, nothing between.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string duration_text(std::chrono::milliseconds duration);

/// `100B 512KiB 25MiB 1GiB`, in bytes.
std::optional<std::size_t> parse_size(std::string_view text);
std::string size_text(std::size_t bytes);

/// 1 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

/// Decimal digits, at most nine.
std::optional<std::size_t> parse_count(std::string_view text);

}  // namespace policy::config
