#pragma once

#include <map>
#include <string>
#include <string_view>

namespace calendar::base {

/// `pattern` with every `{name}` that `values` knows replaced by its value, which is not looked at again.
std::string fill(std::string_view pattern, const std::map<std::string_view, std::string>& values);

}  // namespace calendar::base
