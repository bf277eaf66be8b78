#include "calendar/itip/read/method.h"

#include <array>

#include "calendar/base/text.h"

namespace calendar::itip {

namespace {

constexpr std::array<std::string_view, 8> words{"PUBLISH", "REQUEST", "REPLY",   "ADD",
                                                "CANCEL",  "REFRESH", "COUNTER", "DECLINECOUNTER"};
static_assert(static_cast<std::size_t>(Method::decline_counter) + 1 == words.size());

}  // namespace

std::string_view word(Method method) noexcept {
    return words[static_cast<std::size_t>(method)];
}

std::optional<Method> method_of(std::string_view word) noexcept {
    for (std::size_t i = 0; i < words.size(); ++i)
        if (base::same_word(words[i], word)) return static_cast<Method>(i);
    return std::nullopt;
}

bool speaks_for_organizer(Method method) noexcept {
    switch (method) {
        case Method::publish:
        case Method::request:
        case Method::add:
        case Method::cancel:
        case Method::decline_counter:
            return true;
        case Method::reply:
        case Method::refresh:
        case Method::counter:
            return false;
    }
    return false;
}

bool brings_event(Method method) noexcept {
    return method == Method::publish || method == Method::request || method == Method::add;
}

}  // namespace calendar::itip
