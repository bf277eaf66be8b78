#include "calendar/itip/read/normal_form/answers.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/text/quoted.h"

namespace calendar::itip {

namespace {

constexpr std::size_t longest_address = 100;  // the same

/// What an attendee may answer (RFC 5545 3.2.12).
constexpr std::string_view answers_to(std::string_view component) noexcept {
    if (component == "VTODO") return "NEEDS-ACTION, ACCEPTED, DECLINED, TENTATIVE, DELEGATED, COMPLETED, IN-PROCESS";
    if (component == "VJOURNAL") return "NEEDS-ACTION, ACCEPTED, DECLINED";
    return "NEEDS-ACTION, ACCEPTED, DECLINED, TENTATIVE, DELEGATED";
}

bool has_word(std::string_view list, std::string_view word) {
    bool found = false;
    base::for_each_piece(list, ',', [&](std::string_view one) { found = found || base::trimmed(one) == word; });
    return found;
}

/// Why the answer cannot be read; none when it can.
std::optional<std::string> fault_of_answer(const Component& component, const Property& line) {
    const auto said = line.parameter("PARTSTAT");
    if (!said) return line.mended ? std::optional<std::string>("PARTSTAT cannot be read") : std::nullopt;
    const std::string answer = base::uppered(base::trimmed(*said));
    if (has_word(answers_to(component.name), answer)) return std::nullopt;
    return fmt::format("PARTSTAT '{}' is not valid; valid values: {}", answer.substr(0, longest_quoted),
                       answers_to(component.name));
}

/// What is different in two lines of one attendee; none when they say the same.
std::optional<std::string> difference(const Address& attendee, const Property& first, const Property& second) {
    if (partstat(first) != partstat(second))
        return fmt::format("{} answers {} here and {} in line {}", attendee.text(), partstat(second), partstat(first),
                           first.line);
    const auto said = [](const std::optional<std::string>& value) {
        return value ? fmt::format("'{}'", value->substr(0, longest_address)) : std::string("missing");
    };
    for (const char* const name : {"DELEGATED-TO", "DELEGATED-FROM", "SENT-BY"}) {
        const auto here = second.parameter(name);
        const auto before = first.parameter(name);
        if (here.has_value() != before.has_value() || !base::same_word(here.value_or(""), before.value_or("")))
            return fmt::format("{} of {} is {} here and {} in line {}", name, attendee.text(), said(here), said(before),
                               first.line);
    }
    return std::nullopt;
}

/// One attendee's.
struct Answers {
    std::size_t first = 0;  ///< its place among the properties
    bool unreadable = false;
};

}  // namespace

Expected<void> settle_answers(Component& component, Dropped& dropped) {
    std::map<std::string, Answers> answers;
    std::vector<std::pair<std::size_t, std::string>> lines;  // their places, and whose they are
    std::optional<Refusal> why;
    for (std::size_t place = 0; place < component.properties.size(); ++place) {
        Property& line = component.properties[place];
        const auto address = line.is("ATTENDEE") ? address_of(&line) : std::nullopt;
        if (!address) continue;
        const std::string answer(base::trimmed(partstat(line)));
        const auto [known, is_new] = answers.try_emplace(address->text(), Answers{place});
        auto what = fault_of_answer(component, line);
        if (!what) what = difference(*address, component.properties[known->second.first], line);
        if (what) known->second.unreadable = true;
        if (what && !why) why = Refusal{Reason::bad_calendar, fault(component, line, *what)};
        const bool is_plain = std::ranges::none_of(line.parameters, [&](const Parameter& one) {
            return base::same_word(one.name, "PARTSTAT") && !base::same_word(one.value, answer);
        });
        if (!what && !is_plain) line.set_parameter("PARTSTAT", answer);
        lines.emplace_back(place, address->text());
    }
    if (why && std::ranges::all_of(answers, [](const auto& one) { return one.second.unreadable; }))
        return tl::unexpected(std::move(*why));
    for (const auto& [place, whose] : lines) {
        const Answers& own = answers.at(whose);
        Property& line = component.properties[place];
        if (own.unreadable)
            dropped.add(Dropped::What::answer, line.line, line.name);
        else if (own.first != place)
            dropped.add(Dropped::What::repetition, line.line, line.name);
        if (own.unreadable || own.first != place) line.name.clear();
    }
    component.remove("");
    return {};
}

}  // namespace calendar::itip
