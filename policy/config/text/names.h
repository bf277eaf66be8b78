#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace policy::config {

/// A header field name (RFC 5322 2.2).
bool is_field_name(std::string_view text) noexcept;
/// A name that other places refer to: letters, digits, '-', '_', at most 64.
bool is_name(std::string_view text) noexcept;
/// For people, in one line: no control characters, at most 100 bytes.
bool is_label(std::string_view text) noexcept;
/// Completes "'key' must …" for a label.
inline constexpr std::string_view label_rule = "be one line of at most 100 bytes";
/// What is wrong with a text that fails is_name().
std::string name_fault(std::string_view text);
/// Lower-case ASCII form of a domain.
std::optional<std::string> ascii_domain(std::string_view text);

}  // namespace policy::config
