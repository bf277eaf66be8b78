#pragma once

#include "policy/config/text/section.h"
#include "policy/rules/policy.h"

namespace policy::config {

/// `policy:` and `otherwise:`, in the main file or a preset's own. Reads no further than what `section` has; the caller
/// finishes it.
rules::Policy read_policy(Section& section);

/// `if:`, a map of facts, `not:`, `any:` and `all:`.
rules::Condition read_condition(const Value& value, Mistakes& mistakes);

/// `then:` and `otherwise:`, a word or a map.
rules::Action read_action(const Value& value, const std::string& name, Mistakes& mistakes);

}  // namespace policy::config
