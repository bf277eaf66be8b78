#include "calendar/itip/apply/reply/answering_attendee.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calendar/itip/read/parties.h"

namespace calendar::itip {

namespace {

using Lines = std::vector<const Property*>;

/// More attendees than this are no two ends of one delegation; also keeps the search for them short.
constexpr std::size_t most_ends_of_a_delegation = 10;

/// Those of the lines whom `speaks_for` is true of, when that is one; null when it is none of them.
template <class SpeaksFor>
Expected<const Property*> only_one(const Lines& lines, SpeaksFor speaks_for) {
    const auto first = std::ranges::find_if(lines, speaks_for);
    if (first == lines.end()) return nullptr;
    if (std::find_if(first + 1, lines.end(), speaks_for) == lines.end()) return *first;
    return refuse(Reason::missing_attendee, "the sender acts for more than one attendee of the reply");
}

/// The attendees whose SENT-BY the sender is in the calendar.
std::set<Address> represented(const Series& stored, const Address& sender) {
    std::set<Address> parties;
    stored.each([&](const Component& component) {
        for (const Property& line : component.properties)
            if (line.is("ATTENDEE") && sent_by(&line) == sender)
                if (auto party = address_of(&line)) parties.insert(std::move(*party));
    });
    return parties;
}

/// The attendee who is the sender, or else for whom they act: as the reply says, else as the calendar does. Null when
/// there is none.
Expected<const Property*> attendee_who_sends(const ApplyContext& context, const Lines& lines, const Address& sender) {
    const auto own = std::ranges::find_if(lines, [&](const Property* line) { return address_of(line) == sender; });
    if (own != lines.end()) return *own;
    auto named = only_one(lines, [&](const Property* line) { return sent_by(line) == sender; });
    if (!named || *named != nullptr || !context.stored) return named;
    const auto parties = represented(*context.stored, sender);
    return only_one(lines, [&](const Property* line) { return parties.contains(*address_of(line)); });
}

/// Who of the two ends of a delegation answers, when nobody knows who sent it. Who delegates says DELEGATED; the
/// delegate's line then has an answer only when it is the delegate who writes.
Expected<const Property*> answering_end(const Lines& lines) {
    const auto several =
        refuse(Reason::missing_attendee, fmt::format("the reply names {} attendees and no sender", lines.size()));
    if (lines.size() > most_ends_of_a_delegation) return several;
    auto found = std::ranges::find_if(lines, [](const Property* line) {
        const std::string answer = partstat(*line);
        return answer != "DELEGATED" && answer != "NEEDS-ACTION";
    });
    if (found == lines.end())
        found = std::ranges::find_if(lines, [](const Property* line) { return partstat(*line) == "DELEGATED"; });
    if (found == lines.end()) return several;
    const Property& answer = **found;
    const Address answerer = *address_of(&answer);
    const bool one_delegation = std::ranges::all_of(lines, [&](const Property* line) {
        if (line == &answer) return true;
        const Address other = *address_of(line);
        return lists_address(*line, "DELEGATED-TO", answerer) || lists_address(*line, "DELEGATED-FROM", answerer) ||
               lists_address(answer, "DELEGATED-TO", other) || lists_address(answer, "DELEGATED-FROM", other);
    });
    if (!one_delegation) return several;
    return &answer;
}

}  // namespace

Expected<const Property*> answering_attendee(const ApplyContext& context, const Component& component) {
    const auto& sender = context.input.sender;
    Lines lines;
    for (const Property& property : component.properties)
        if (property.is("ATTENDEE") && address_of(&property)) lines.push_back(&property);
    if (lines.empty()) return refuse(Reason::missing_attendee, "the reply has no ATTENDEE with a mail address");
    if (lines.size() == 1) return lines.front();
    if (!sender) return answering_end(lines);
    auto answering = attendee_who_sends(context, lines, *sender);
    if (answering && *answering == nullptr)
        return refuse(Reason::missing_attendee,
                      fmt::format("the reply names {} attendees, but not {}", lines.size(), sender->text()));
    return answering;
}

}  // namespace calendar::itip
