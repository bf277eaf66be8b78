#include <array>
#include <span>

#include <fmt/format.h>

#include "calendar/itip/apply/apply.h"

namespace calendar::itip {

namespace {

template <class T>
struct Choice {
    std::string_view word;
    T value;
};
template <class T>
Choice(const char*, T) -> Choice<T>;

template <class T, std::size_t N>
tl::expected<void, std::string> choose(T& option, std::string_view key, std::string_view value,
                                       const std::array<Choice<T>, N>& choices) {
    std::array<std::string_view, N> words;
    for (std::size_t i = 0; i < N; ++i) {
        if (choices[i].word == value) {
            option = choices[i].value;
            return {};
        }
        words[i] = choices[i].word;
    }
    return tl::unexpected(
        fmt::format("'{}' is not valid for '{}'; valid values: {}", value, key, fmt::join(words, ", ")));
}

template <class T, class... Rest>
constexpr auto among(Choice<T> first, Rest... rest) {
    return std::array<Choice<T>, 1 + sizeof...(rest)>{first, rest...};
}

}  // namespace

tl::expected<void, std::string> Options::set(std::string_view key, std::string_view value) {
    if (key == "cancelled")
        return choose(cancelled, key, value,
                      among(Choice{"mark", Cancelled::mark}, Choice{"remove", Cancelled::remove}));
    if (key == "cancelled_instance")
        return choose(cancelled_instance, key, value,
                      among(Choice{"exdate", CancelledInstance::exdate}, Choice{"mark", CancelledInstance::mark}));
    if (key == "party_crashers")
        return choose(party_crashers, key, value,
                      among(Choice{"refuse", PartyCrashers::refuse}, Choice{"hold", PartyCrashers::hold},
                            Choice{"add", PartyCrashers::add}));
    if (key == "delegation")
        return choose(delegation, key, value,
                      among(Choice{"verified", Delegation::verified}, Choice{"claimed", Delegation::claimed},
                            Choice{"never", Delegation::never}));
    if (key == "organizer_change")
        return choose(
            organizer_change, key, value,
            among(Choice{"refuse", OrganizerChange::refuse}, Choice{"same_domain", OrganizerChange::same_domain}));
    if (key == "strip_alarms")
        return choose(strip_alarms, key, value, among(Choice{"true", true}, Choice{"false", false}));
    return tl::unexpected(
        fmt::format("unknown option '{}'; valid options: cancelled, cancelled_instance, party_crashers, delegation, "
                    "organizer_change, strip_alarms",
                    key));
}

}  // namespace calendar::itip
