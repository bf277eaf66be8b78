#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/rules/policy.h"

namespace policy::rules {

/// A rule that does nothing, and a sentence that begins with its name.
struct UselessRule {
    std::size_t index = 0;  ///< in Policy::rules
    std::string why;
};

/// Rules that no message can match, because of themselves or of a rule before them, and those whose action is never
/// carried out on what they match. Only what is certain: a rule that is not among them may be useless all the same.
std::vector<UselessRule> useless_rules(const Policy& policy);

}  // namespace policy::rules
