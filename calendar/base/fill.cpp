#include "calendar/base/fill.h"

namespace calendar::base {

std::string fill(std::string_view pattern, const std::map<std::string_view, std::string>& values) {
    std::string filled;
    while (!pattern.empty()) {
        const auto open = pattern.find('{');
        filled += pattern.substr(0, open);
        if (open == std::string_view::npos) break;
        pattern.remove_prefix(open);
        const auto close = pattern.find('}');
        const auto value = close == std::string_view::npos ? values.end() : values.find(pattern.substr(1, close - 1));
        filled += value == values.end() ? "{" : value->second;
        pattern.remove_prefix(value == values.end() ? 1 : close + 1);
    }
    return filled;
}

}  // namespace calendar::base
