#include "milter/imipctl/client/message_text.h"

#include <algorithm>

#include "milter/mail/header/header.h"

namespace milter::imipctl {
namespace {

using mail::first_line;
using mail::without_line_end;

/// RFC 5322 ftext before the colon, white space in between allowed as Postfix does.
std::size_t name_length(std::string_view line) {
    const auto end = std::find_if_not(line.begin(), line.end(), [](char c) { return c > 32 && c < 127 && c != ':'; });
    const auto length = static_cast<std::size_t>(end - line.begin());
    const auto colon = line.find_first_not_of(" \t", length);
    return colon != std::string_view::npos && line[colon] == ':' ? length : 0;
}

}  // namespace

std::optional<HeaderField> take_header_field(std::string_view& message) {
    const std::string_view line = first_line(message);
    const std::size_t length = name_length(line);
    if (length == 0) {
        if (without_line_end(line).empty()) message.remove_prefix(line.size());
        return std::nullopt;
    }
    std::size_t end = line.size();
    while (end < message.size() && (message[end] == ' ' || message[end] == '\t'))
        end += first_line(message.substr(end)).size();
    const std::string_view field = message.substr(0, end);
    message.remove_prefix(end);
    return HeaderField{field.substr(0, length), without_line_end(field.substr(field.find(':') + 1))};
}

bool ends_lines_in_crlf(std::string_view text) {
    if (!text.empty() && !text.ends_with("\r\n")) return false;
    for (auto lf = text.find('\n'); lf != std::string_view::npos; lf = text.find('\n', lf + 1))
        if (lf == 0 || text[lf - 1] != '\r') return false;
    return true;
}

std::string in_crlf(std::string_view text) {
    std::string crlf;
    crlf.reserve(text.size() + text.size() / 32 + 2);
    while (!text.empty()) {
        const std::string_view line = first_line(text);
        crlf += without_line_end(line);
        crlf += "\r\n";
        text.remove_prefix(line.size());
    }
    return crlf;
}

}  // namespace milter::imipctl
