#include "calendar/base/nested.h"

namespace calendar::base {

std::string nested_text(const std::exception& error) {
    std::string text = error.what();
    try {
        std::rethrow_if_nested(error);
    } catch (const std::exception& inner) {
        text.append(": ").append(nested_text(inner));
    } catch (...) {
        text.append(": unknown error");
    }
    return text;
}

}  // namespace calendar::base
