#pragma once

#include <string>

#include "milter/imipctl/report/simulation.h"

namespace milter::imipctl {

/// One page that needs nothing else: inline SVG and CSS, no scripts; light or dark as the reader's system is. Texts
/// from messages are made harmless.
std::string html_of(const Simulation& simulation);

}  // namespace milter::imipctl
