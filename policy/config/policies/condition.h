#pragma once

#include "policy/config/text/section.h"
#include "policy/rules/policy.h"

namespace policy::config {

/// `if:`, a map of facts, `not:`, `any:` and `all:`.
rules::Condition read_condition(const Value& value, Mistakes& mistakes);

}  // namespace policy::config
