#include "policy/config/text/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/itip/read/address.h"
#include "policy/config/text/mistakes.h"

namespace policy::config {
bool is_field_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 100 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127 && c != ':'; });
}

bool is_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && calendar::base::letters_digits_or(text, "-_");
}

bool is_label(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= ' ' && c != 127;
    });
}

std::string name_fault(std::string_view text) {
    return fmt::format("'{}' is not a valid name; use up to 64 letters, digits, '-' and '_'",
                       calendar::base::printable(text));
}

std::optional<std::string> ascii_domain(std::string_view text) {
    const auto address = calendar::itip::Address::parse("x@" + std::string(text));
    if (!address) return std::nullopt;
    return std::string(address->domain());
}

}  // namespace policy::config
