#include "milter/mail/content_fields.h"

#include <algorithm>

#include "milter/mail/header_blocks.h"
#include "milter/mail/header_fields.h"

namespace milter::mail {

namespace {

bool is_continued(std::string_view line) {
    return line.starts_with(' ') || line.starts_with('\t');
}

/// Empty when the line begins no field (RFC 5322 3.6.8).
std::string_view field_name(std::string_view line) {
    const auto name = line.substr(0, std::min(line.find(':'), line.size()));
    const bool fine =
        name.size() < line.size() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
    return fine ? name : std::string_view();
}

bool says_content(std::string_view name) {
    constexpr std::string_view content = "Content-";
    constexpr std::string_view mime = "MIME-";
    return same_name(name.substr(0, content.size()), content) || same_name(name.substr(0, mime.size()), mime);
}

}  // namespace

std::string content_fields(std::string_view header) {
    std::string kept;
    bool keeps = false;
    for (std::size_t at = 0, end = 0; at < header.size(); at = end) {
        end = next_line(header, at);
        const auto line = header.substr(at, end - at);
        if (at == 0 || !is_continued(line)) {
            const auto name = field_name(line);
            if (name.empty()) return std::string(header);
            keeps = says_content(name);
        }
        if (keeps) kept += line;
    }
    return kept;
}

}  // namespace milter::mail
