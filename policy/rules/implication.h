#pragma once

#include "policy/rules/policy.h"

/// What conditions say of each other, whatever a message says. Each answers true only when that is certain, and does a
/// bounded number of steps.
namespace policy::rules {

bool always_holds(const Condition& condition);
bool never_holds(const Condition& condition);
/// `b` holds for every message for which `a` does.
bool implies(const Condition& a, const Condition& b);
/// There is no message for which both hold.
bool exclude_each_other(const Condition& a, const Condition& b);

}  // namespace policy::rules
