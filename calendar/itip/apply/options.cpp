#include "calendar/itip/apply/options.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace calendar::itip {

namespace {

template <class T>
struct Choice {
    std::string_view word;
    T value;
};
template <class T>
Choice(const char*, T) -> Choice<T>;

constexpr std::array cancelled_choices{Choice{"mark", Options::Cancelled::mark},
                                       Choice{"remove", Options::Cancelled::remove}};
constexpr std::array cancelled_instance_choices{Choice{"exdate", Options::CancelledInstance::exdate},
                                                Choice{"mark", Options::CancelledInstance::mark}};
constexpr std::array party_crashers_choices{Choice{"refuse", Options::PartyCrashers::refuse},
                                            Choice{"hold", Options::PartyCrashers::hold},
                                            Choice{"add", Options::PartyCrashers::add}};
constexpr std::array delegation_choices{Choice{"verified", Options::Delegation::verified},
                                        Choice{"claimed", Options::Delegation::claimed},
                                        Choice{"never", Options::Delegation::never}};
constexpr std::array organizer_change_choices{Choice{"refuse", Options::OrganizerChange::refuse},
                                              Choice{"same_domain", Options::OrganizerChange::same_domain}};
constexpr std::array delegates_choices{Choice{"1", 1}, Choice{"2", 2},  Choice{"3", 3}, Choice{"4", 4},
                                       Choice{"5", 5}, Choice{"6", 6},  Choice{"7", 7}, Choice{"8", 8},
                                       Choice{"9", 9}, Choice{"10", 10}};
constexpr std::array strip_alarms_choices{Choice{"true", true}, Choice{"false", false}};

/// Calls `use(key, option, choices)` for every option: the one table of keys and words.
template <class AnyOptions, class Use>
void for_each_option(AnyOptions& options, Use use) {
    use("cancelled", options.cancelled, cancelled_choices);
    use("cancelled_instance", options.cancelled_instance, cancelled_instance_choices);
    use("party_crashers", options.party_crashers, party_crashers_choices);
    use("delegation", options.delegation, delegation_choices);
    use("organizer_change", options.organizer_change, organizer_change_choices);
    use("delegates", options.delegates, delegates_choices);
    use("strip_alarms", options.strip_alarms, strip_alarms_choices);
}

template <class T, std::size_t N>
std::string words_of(const std::array<Choice<T>, N>& choices) {
    std::array<std::string_view, N> words;
    std::ranges::transform(choices, words.begin(), &Choice<T>::word);
    return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

tl::expected<void, std::string> Options::set(std::string_view key, std::string_view value) {
    std::vector<std::string_view> keys;
    std::string error;
    for_each_option(*this, [&](std::string_view name, auto& option, const auto& choices) {
        keys.push_back(name);
        if (name != key) return;
        const auto chosen = std::ranges::find_if(choices, [&](const auto& choice) { return choice.word == value; });
        if (chosen != choices.end())
            option = chosen->value;
        else
            error = fmt::format("'{}' is not valid for '{}'; valid values: {}", value, key, words_of(choices));
    });
    if (std::ranges::find(keys, key) == keys.end())
        error = fmt::format("unknown option '{}'; valid options: {}", key, fmt::join(keys, ", "));
    if (!error.empty()) return tl::unexpected(error);
    return {};
}

std::vector<std::pair<std::string_view, std::string_view>> Options::words() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for_each_option(*this, [&](std::string_view key, const auto& option, const auto& choices) {
        for (const auto& choice : choices)
            if (choice.value == option) all.emplace_back(key, choice.word);
    });
    return all;
}

std::string_view word(ScheduleAgent agent) noexcept {
    switch (agent) {
        case ScheduleAgent::server:
            return "server";
        case ScheduleAgent::client:
            return "client";
        case ScheduleAgent::none:
            return "none";
    }
    return {};
}

std::string_view word(Partstat partstat) noexcept {
    switch (partstat) {
        case Partstat::keep:
            return "keep";
        case Partstat::ask:
            return "ask";
    }
    return {};
}

}  // namespace calendar::itip
