#include "milter/imipctl/client/message_text.h"

#include <algorithm>

#include "calendar/base/text.h"
#include "milter/imipctl/client/mta.h"
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

std::string changed_message(std::string_view message, const std::vector<Change>& changes) {
    const std::string_view line_end = first_line(message).ends_with("\r\n") ? "\r\n" : "\n";
    struct Field {
        std::string name;
        std::string text;  ///< the whole field, with its last line end
    };
    const auto field = [&](const Change& change) {
        std::string text = change.name + ":";
        for (const char c : change.value) {
            if (c == '\n')
                text += line_end;
            else if (c != '\r')
                text += c;
        }
        return Field{change.name, text.append(line_end)};
    };
    std::vector<Field> header;
    const std::string_view whole = message;
    std::size_t start = 0;
    while (const auto taken = take_header_field(message)) {
        const std::size_t end = whole.size() - message.size();
        header.push_back({std::string(taken->name), std::string(whole.substr(start, end - start))});
        start = end;
    }
    for (const auto& change : changes) {
        if (change.kind == Change::Kind::add_header) {
            header.push_back(field(change));
        } else if (change.kind == Change::Kind::insert_header) {
            const auto at = std::min(static_cast<std::size_t>(std::max(change.index, 0)), header.size());
            header.insert(header.begin() + static_cast<std::ptrdiff_t>(at), field(change));
        } else if (change.kind == Change::Kind::change_header) {
            int left = std::max(change.index, 1);
            const auto found = std::find_if(header.begin(), header.end(), [&](const Field& candidate) {
                return calendar::base::same_word(candidate.name, change.name) && --left == 0;
            });
            if (found != header.end() && change.value.empty())
                header.erase(found);
            else if (found != header.end())
                *found = field(change);
            else if (!change.value.empty())
                header.push_back(field(change));
        }
    }
    std::string result;
    for (const auto& one : header)
        result += one.text;
    result += line_end;
    return result.append(message);
}

}  // namespace milter::imipctl
