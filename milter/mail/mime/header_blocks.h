#pragma once

#include <string_view>

/// Where header fields of MIME parts can stand, found without reading the structure: a superset of what any reader,
/// GMime first, takes for one. Lines end at LF, as GMime's do.
namespace milter::mail {

/// The next place at or behind `from` where a reader may see the start of a boundary line: "--" at the start of a line,
/// or far into a long one, because GMime cuts lines that outgrow its buffer and takes the rest for a new line. npos
/// when there is none.
std::size_t next_boundary(std::string_view message, std::size_t from) noexcept;

/// Where the line at `position` ends: behind its LF, or at the end.
std::size_t next_line(std::string_view text, std::size_t position) noexcept;

/// The header lines that begin at `start`, up to the empty line (which is left out) or the end.
std::string_view header_block(std::string_view message, std::size_t start) noexcept;

/// Calls visit(block) with the header of the message and with every header block of a part, until it returns true; was
/// there such a call? Linear: a block within another one is not visited again.
template <class Visit>
bool any_header_block(std::string_view message, Visit visit) {
    std::size_t position = 0;
    for (;;) {
        const std::string_view block = header_block(message, position);
        if (visit(block)) return true;
        const std::size_t boundary = next_boundary(message, position + block.size());
        if (boundary == std::string_view::npos) return false;
        position = next_line(message, boundary);
    }
}

/// Calls visit(value) with each field of that name in the block, continuation lines included, until it returns true;
/// was there such a call?
template <class Visit>
bool any_field(std::string_view block, std::string_view lower_case_name, Visit visit) {
    std::size_t position = 0;
    while (position < block.size()) {
        const std::size_t start = position;
        do
            position = next_line(block, position);
        while (position < block.size() && (block[position] == ' ' || block[position] == '\t'));
        const std::string_view field = block.substr(start, position - start);
        std::size_t i = 0;
        while (i < lower_case_name.size() && i < field.size() && (field[i] | 0x20) == lower_case_name[i])
            ++i;
        if (i < lower_case_name.size()) continue;
        while (i < field.size() && (field[i] == ' ' || field[i] == '\t'))
            ++i;
        if (i < field.size() && field[i] == ':' && visit(field.substr(i + 1))) return true;
    }
    return false;
}

}  // namespace milter::mail
