#include "calendar/itip/text/text_value.h"

#include <algorithm>

#include "calendar/base/text.h"

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

std::string escaped(std::string_view text) {
    const bool as_it_is = text.find('\\') != std::string_view::npos;
    std::string result;
    for (const char c : text) {
        if (!as_it_is && (c == ',' || c == ';')) result += '\\';
        result += c;
    }
    return result;
}

bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(text, is_control);
}

std::string without_controls(std::string_view text) {
    std::string clean(text);
    std::erase_if(clean, is_control);
    return clean;
}

std::string uid_text(std::string_view value) {
    return unescaped(base::trimmed(value));
}

}  // namespace calendar::itip
