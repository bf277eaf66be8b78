#include "calendar/base/text.h"

namespace calendar::base {

std::size_t find_not_utf8(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t start = i;
        const auto lead = static_cast<unsigned char>(text[i++]);
        if (lead < 0x80) continue;
        // The first continuation byte has a narrower range after four leads (RFC 3629 4).
        unsigned low = 0x80;
        unsigned high = 0xBF;
        std::size_t more = 0;
        if (lead >= 0xC2 && lead <= 0xDF) {
            more = 1;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            more = 2;
            if (lead == 0xE0) low = 0xA0;
            if (lead == 0xED) high = 0x9F;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            more = 3;
            if (lead == 0xF0) low = 0x90;
            if (lead == 0xF4) high = 0x8F;
        } else {
            return start;
        }
        for (; more > 0; --more, low = 0x80, high = 0xBF) {
            if (i == text.size()) return start;
            const auto byte = static_cast<unsigned char>(text[i++]);
            if (byte < low || byte > high) return start;
        }
    }
    return std::string_view::npos;
}

bool valid_utf8(std::string_view text) noexcept {
    return find_not_utf8(text) == std::string_view::npos;
}

std::string replaced_not_utf8(std::string_view text) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    std::string valid;
    for (auto bad = find_not_utf8(text); bad != std::string_view::npos; bad = find_not_utf8(text)) {
        valid.append(text.substr(0, bad)).append(replacement);
        text.remove_prefix(bad + 1);
        while (find_not_utf8(text.substr(0, 4)) == 0)
            text.remove_prefix(1);
    }
    return valid.append(text);
}

}  // namespace calendar::base
