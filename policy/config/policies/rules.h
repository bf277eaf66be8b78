#pragma once

#include "policy/config/text/section.h"
#include "policy/rules/policy.h"

namespace policy::config {

/// `policy:` and `otherwise:`, in the main file or a preset's own. Reads no further than what `section` has; the caller
/// finishes it.
rules::Policy read_policy(Section& section);

}  // namespace policy::config
