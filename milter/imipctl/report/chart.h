#pragma once

#include <string>

#include "milter/imipctl/report/simulation.h"

namespace milter::imipctl {

/// For each method a bar a configuration, cut by outcomes, with its numbers: an SVG element. Its colours are those of
/// chart_style(). Empty when there is nothing to show.
std::string chart_of(const Simulation& simulation);

/// CSS for the element, in light and dark: colours that the colour-blind tell apart, none the only bearer of what it
/// says.
std::string_view chart_style() noexcept;

/// A letter for the first and the second configuration: "A", "B".
std::string_view letter(std::size_t configuration) noexcept;

}  // namespace milter::imipctl
