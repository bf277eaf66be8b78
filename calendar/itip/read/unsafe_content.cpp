#include "calendar/itip/read/unsafe_content.h"

#include <algorithm>
#include <array>

#include "calendar/base/text.h"

namespace calendar::itip {

namespace {

constexpr std::array<std::string_view, 2> page_starts{"<html", "<!doctype"};

/// NONE is Apple's: no alarm at all.
constexpr std::array<std::string_view, 3> harmless_actions{"DISPLAY", "AUDIO", "NONE"};

}  // namespace

bool is_local_attachment(const Property& attachment) {
    if (base::same_word(attachment.parameter("VALUE").value_or(""), "BINARY")) return false;
    const std::string_view uri = base::trimmed(attachment.value);
    if (uri.empty()) return false;
    const auto colon = uri.find(':');
    const bool has_scheme =
        colon != std::string_view::npos && colon > 1 && base::letters_digits_or(uri.substr(0, colon), "+-.");
    return !has_scheme || base::same_word(uri.substr(0, colon), "file");
}

bool is_html_page(std::string_view text) {
    for (;;) {
        text = base::trimmed(text);
        if (!text.starts_with("\\n") && !text.starts_with("\\N")) break;  // a line end
        text.remove_prefix(2);
    }
    return std::ranges::any_of(
        page_starts, [&](std::string_view start) { return base::same_word(text.substr(0, start.size()), start); });
}

bool has_harmful_action(const Component& alarm) {
    return std::ranges::any_of(alarm.properties, [](const Property& property) {
        return property.is("ACTION") && std::ranges::none_of(harmless_actions, [&](std::string_view action) {
                   return base::same_word(base::trimmed(property.value), action);
               });
    });
}

}  // namespace calendar::itip
