#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '\\' && i + 1 < text.size();
        if (escaped) ++i;
        result += escaped && (text[i] == 'n' || text[i] == 'N') ? '\n' : text[i];
    }
    return result;
}

}  // namespace calendar::itip
