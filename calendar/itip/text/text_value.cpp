#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size() &&
                            std::string_view(",;\\").find(text[i + 1]) != std::string_view::npos;
        if (escape) ++i;
        result += text[i];
    }
    return result;
}

}  // namespace calendar::itip
