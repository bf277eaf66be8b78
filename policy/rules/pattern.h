#pragma once

#include <string>
#include <string_view>

namespace policy::rules {

/// `*@example.org`, `*.example.org`, `carol@example.org`: '*' stands for any text, everything else for itself, without
/// regard to case. Linear in time (no backtracking over more than one star position).
bool matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace policy::rules
