#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/rules/policy.h"

namespace policy::rules {

/// A rule that does nothing, or more than was meant, and a sentence that begins with its name.
struct DoubtfulRule {
    std::size_t index = 0;  ///< in Policy::rules
    std::string why;
};

/// Rules that no message can match, because of themselves or of a rule before them, those whose action is never carried
/// out on what they match, and those that apply what anybody may have sent. Only what is certain: a rule that is not
/// among them may be doubtful all the same.
std::vector<DoubtfulRule> doubtful_rules(const Policy& policy);

}  // namespace policy::rules
