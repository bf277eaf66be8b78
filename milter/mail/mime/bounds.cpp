#include "milter/mail/mime/bounds.h"

#include <unordered_set>

#include <fmt/format.h>

#include "milter/mail/mime/header_blocks.h"

namespace milter::mail {

using calendar::itip::Expected;
using calendar::itip::Reason;
using calendar::itip::refuse;

namespace {

/// Boundary lines of multiparts within attached messages count too, hence this number for one part.
constexpr std::size_t lines_a_part = 20;
/// GMime holds every line that starts with "--" against every open boundary.
constexpr std::size_t comparisons = 50'000'000;

/// Bytes looked at behind `boundary`; 70 are allowed (RFC 2046 5.1.1), a longer one is unclear.
constexpr std::size_t longest_boundary = 256;

std::string_view trimmed_end(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

/// The boundaries that header fields declare.
struct Declared {
    std::unordered_set<std::string_view> boundaries;
    bool unclear =
        false;  ///< one is written in a way that only a full reader understands: then any "--" line may be one

    void add(std::string_view content_type);
    bool match(std::string_view line) const;
    /// It is a delimiter for certain, and a part follows.
    bool opens(std::string_view line) const;
};

std::size_t find_boundary_word(std::string_view text, std::size_t from) {
    constexpr std::string_view word = "boundary";
    for (std::size_t at = from; at + word.size() <= text.size(); ++at) {
        std::size_t i = 0;
        while (i < word.size() && (text[at + i] | 0x20) == word[i])
            ++i;
        if (i == word.size()) return at + word.size();
    }
    return std::string_view::npos;
}

void Declared::add(std::string_view content_type) {
    if (content_type.find("=?") != std::string_view::npos) unclear = true;
    std::size_t at = 0;
    while ((at = find_boundary_word(content_type, at)) != std::string_view::npos) {
        std::string_view rest = content_type.substr(at, longest_boundary);
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
        if (!rest.starts_with('=')) {
            unclear = true;
            continue;
        }
        rest.remove_prefix(1);
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
        const bool quoted = rest.starts_with('"');
        if (quoted) rest.remove_prefix(1);
        const std::size_t end = rest.find(quoted ? '"' : ';');
        const std::string_view value = trimmed_end(rest.substr(0, end));
        const bool cut = end == std::string_view::npos && content_type.size() - at > longest_boundary;
        if (cut || value.find_first_of("\\\r\n(") != std::string_view::npos)
            unclear = true;
        else
            boundaries.insert(value);
    }
}

bool Declared::match(std::string_view line) const {
    if (unclear) return true;
    const std::string_view content = trimmed_end(line).substr(2);
    return boundaries.contains(content) ||
           (content.ends_with("--") && boundaries.contains(trimmed_end(content.substr(0, content.size() - 2))));
}

bool Declared::opens(std::string_view line) const {
    return !unclear && boundaries.contains(trimmed_end(line).substr(2));
}

enum class Block { of_part, other };

/// Counts header fields and their sizes, each block once.
class Headers {
  public:
    Expected<void> add(std::string_view message, std::size_t start, Block kind) {
        if (start < seen_) return {};
        const std::string_view block = header_block(message, start);
        seen_ = start + block.size();
        if (block.size() > MimeLimits::header_block) return refuse(Reason::bad_mime, "a header is too large");
        std::size_t field = 0;
        for (std::size_t position = 0; position < block.size();) {
            const std::size_t line = position;
            const bool continues = block[line] == ' ' || block[line] == '\t';
            if (!continues) field = line;
            position = next_line(block, line);
            // To some readers it ends the header, and to a DKIM signature with a relaxed body it is an empty line.
            if (kind == Block::of_part && continues && trimmed_end(block.substr(line, position - line)).empty())
                return refuse(Reason::bad_mime, "a line of blanks in the header of a part");
            if (position - field > MimeLimits::header_field)
                return refuse(Reason::bad_mime, "a header field is too large");
            if (++lines_ > MimeLimits::header_lines) return refuse(Reason::bad_mime, "too many header lines");
        }
        return {};
    }

  private:
    std::size_t seen_ = 0;
    std::size_t lines_ = 0;
};

}  // namespace

Expected<void> check_bounds(std::string_view message, const MimeLimits& limits) {
    const std::size_t most = lines_a_part * (limits.parts + 1);
    Declared declared;
    any_header_block(message, [&](std::string_view block) {
        any_field(block, "content-type", [&](std::string_view value) {
            declared.add(value);
            return declared.boundaries.size() > most;
        });
        return declared.boundaries.size() > most;
    });
    if (declared.boundaries.size() > most) return refuse(Reason::too_many_parts, "too many boundaries");

    Headers headers;
    if (auto top = headers.add(message, 0, Block::other); !top) return top;
    std::size_t dashes = 0;
    std::size_t matches = 0;
    for (std::size_t at = 0; (at = next_boundary(message, at)) != std::string_view::npos;) {
        const std::size_t end = next_line(message, at);
        ++dashes;
        if (const auto line = message.substr(at, end - at); declared.match(line)) {
            if (++matches > most) return refuse(Reason::too_many_parts, "too many boundary lines");
            if (auto fields = headers.add(message, end, declared.opens(line) ? Block::of_part : Block::other); !fields)
                return fields;
        }
        at = end;
    }
    if (dashes * (declared.boundaries.size() + 1) > comparisons)
        return refuse(Reason::too_many_parts, fmt::format("too many lines that look like boundaries ({})", dashes));
    return {};
}

}  // namespace milter::mail
