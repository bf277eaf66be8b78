#pragma once

#include "policy/config/text/section.h"
#include "policy/rules/policy.h"

namespace policy::config {

/// `then:` and `otherwise:`, a word or a map.
rules::Action read_action(const Value& value, const std::string& name, Mistakes& mistakes);

}  // namespace policy::config
