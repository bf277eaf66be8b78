#include "milter/imipctl/report/hidden.h"

namespace milter::imipctl {

namespace {

/// C0, DEL, C1 (U+0080 to U+009F), U+061C, U+200E and U+200F, U+2028 to U+202E, U+2066 to U+2069 at the start of the
/// text: its length in bytes, else 0.
std::size_t hidden(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
    if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return 2;
    if (byte(0) == 0xd8 && byte(1) == 0x9c) return 2;
    if (byte(0) != 0xe2) return 0;
    if (byte(1) == 0x80 && (byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xa8 && byte(2) <= 0xae))) return 3;
    return byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9 ? 3 : 0;
}

}  // namespace

std::string without_hidden(std::string_view text, char sign) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto length = hidden(text);
        out += length > 0 ? sign : text.front();
        text.remove_prefix(length > 0 ? length : 1);
    }
    return out;
}

}  // namespace milter::imipctl
