#include "milter/mail/mime/header_blocks.h"

#include <cstring>

namespace milter::mail {

namespace {

/// GMime looks again for a full line only when 128 bytes or fewer of it are in its buffer; whatever is cut off stands
/// behind more than that.
constexpr std::size_t shortest_cut = 100;

}  // namespace

std::size_t next_boundary(std::string_view message, std::size_t from) noexcept {
    while (from < message.size()) {
        const void* const hit = std::memchr(message.data() + from, '-', message.size() - from);
        if (hit == nullptr) break;
        const auto at = static_cast<std::size_t>(static_cast<const char*>(hit) - message.data());
        if (at + 1 < message.size() && message[at + 1] == '-') {
            if (at == 0 || message[at - 1] == '\n') return at;
            if (at >= shortest_cut && memrchr(message.data() + at - shortest_cut, '\n', shortest_cut) == nullptr)
                return at;
        }
        from = at + 1;
    }
    return std::string_view::npos;
}

std::size_t next_line(std::string_view text, std::size_t position) noexcept {
    const std::size_t end = text.find('\n', position);
    return end == std::string_view::npos ? text.size() : end + 1;
}

std::string_view header_block(std::string_view message, std::size_t start) noexcept {
    std::size_t position = start;
    while (position < message.size()) {
        const std::string_view rest = message.substr(position);
        if (rest.starts_with('\n') || rest.starts_with("\r\n")) break;
        position = next_line(message, position);
    }
    return message.substr(start, position - start);
}

}  // namespace milter::mail
