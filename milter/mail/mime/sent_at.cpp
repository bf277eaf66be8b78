#include "milter/mail/mime/sent_at.h"

#include <algorithm>
#include <limits>
#include <string>

#include "calendar/base/text.h"
#include "milter/mail/header/header.h"
#include "milter/mail/mime/header_blocks.h"
#include "milter/mail/mime/mime.h"

namespace milter::mail {

namespace {

using calendar::base::for_each_piece;

/// How many Date fields the h= of a signature names (RFC 6376 3.5, RFC 8617 4.1.2).
std::size_t dates_signed(std::string_view signature) {
    std::string tags(signature);
    std::erase_if(tags, [](char c) { return calendar::base::white_space.find(c) != std::string_view::npos; });
    std::size_t count = 0;
    for_each_piece(tags, ';', [&](std::string_view tag) {
        if (!tag.starts_with("h=")) return;
        for_each_piece(tag.substr(2), ':', [&](std::string_view name) {
            if (calendar::base::same_word(name, "Date")) ++count;
        });
    });
    return count;
}

}  // namespace

std::optional<std::int64_t> sent_at(std::string_view message) {
    std::optional<Field> first;
    std::size_t dates = 0;
    std::size_t least_signed = std::numeric_limits<std::size_t>::max();
    for (auto header = header_block(message, 0); !header.empty();) {
        const auto [lines, field] = first_lines(header);
        header.remove_prefix(lines.size());
        if (field.is("Date") && ++dates == 1) first = field;
        if (field.is("DKIM-Signature") || field.is("ARC-Message-Signature"))
            least_signed = std::min(least_signed, dates_signed(field.value));
    }
    return first && dates <= least_signed ? date_of(first->text()) : std::nullopt;
}

}  // namespace milter::mail
