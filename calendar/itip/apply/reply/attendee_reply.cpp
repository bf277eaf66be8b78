#include "calendar/itip/apply/reply/attendee_reply.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/apply/reply/delegation.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

/// What the calendar takes of the line of who answers.
constexpr std::array taken_parameters{"PARTSTAT", "DELEGATED-TO", "DELEGATED-FROM", "SENT-BY",
                                      "CN",       "CUTYPE",       "LANGUAGE"};

/// Bytes of all that together. It may go into each of many overrides, which would else leave no room for the answers of
/// others.
constexpr std::size_t longest_answer = 2000;

/// RFC 5545 3.8.8.3: `2.0`, `3.1.1`.
bool status_code(std::string_view text) {
    if (text.empty() || text.size() > 8 || text.front() == '.' || text.back() == '.') return false;
    return std::ranges::all_of(text, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }) &&
           text.find('.') != std::string_view::npos && text.find("..") == std::string_view::npos;
}

std::string as_text(const Property& property) {
    std::string text;
    for (const Parameter& parameter : property.parameters)
        text += parameter.name + '=' + parameter.value + ';';
    return text;
}

bool progress(std::string_view status) {
    return base::same_word(status, "NEEDS-ACTION") || base::same_word(status, "IN-PROCESS") ||
           base::same_word(status, "COMPLETED");
}

/// RFC 5545 3.8.1.8: a number from 0 to 100.
bool percent(std::string_view text) {
    return base::digits_only(text) && (text.size() < 3 || text == "100");
}

/// RFC 5545 3.8.2.1: a time in UTC.
bool utc_time(std::string_view text) {
    const auto clock = wall_clock(text);
    return clock && clock->utc;
}

/// What of a task an attendee may tell the organizer, and whether a value of it is one.
struct Progress {
    std::string_view name;
    bool (*usable)(std::string_view value);
};
constexpr std::array<Progress, 3> progress_properties{
    {{"PERCENT-COMPLETE", percent}, {"COMPLETED", utc_time}, {"STATUS", progress}}};

/// Writes the answer into the attendee's own line, but for DELEGATED-FROM. Did anything change?
bool write_line(Property& line, const AttendeeReply& answer) {
    const std::string before = as_text(line);
    const bool delegates = partstat(answer.line) == "DELEGATED";
    take_parameter(line, answer.line, "PARTSTAT");
    if (!delegates || answer.line.parameter("DELEGATED-TO"))
        delegates ? take_parameter(line, answer.line, "DELEGATED-TO")
                  : line.set_parameter("DELEGATED-TO", std::nullopt);
    take_parameter(line, answer.line, "SENT-BY");
    if (!line.parameter("CN")) take_parameter(line, answer.line, "CN");
    line.set_parameter("RSVP", std::nullopt);
    line.set_parameter("SCHEDULE-STATUS", answer.schedule_status);
    return as_text(line) != before;
}

/// The line of someone who was not an attendee yet, as they replied.
Property joining(const AttendeeReply& answer) {
    Property line{"ATTENDEE", {}, answer.line.value};
    for (const auto* const name : {"CN", "CUTYPE", "LANGUAGE"})
        take_parameter(line, answer.line, name);
    write_line(line, answer);
    return line;
}

/// Adds those to whom the answer delegates and who are not attendees yet, with DELEGATED-FROM; were there any?
bool add_delegates(Component& component, const AttendeeReply& answer) {
    if (partstat(answer.line) != "DELEGATED") return false;
    std::unordered_set<std::string> listed;
    for (const Property& property : component.properties)
        if (const auto address = property.is("ATTENDEE") ? address_of(&property) : std::nullopt)
            listed.insert(address->text());
    const Property* const delegator = attendee(std::as_const(component), answer.attendee);
    const auto role = delegator == nullptr ? std::nullopt : delegator->parameter("ROLE");
    bool any = false;
    for (const Address& address : listed_addresses(answer.line, "DELEGATED-TO")) {
        if (!listed.insert(address.text()).second) continue;
        Property line{"ATTENDEE", {}, "mailto:" + address.text()};
        line.set_parameter("ROLE", role);
        line.set_parameter("PARTSTAT", "NEEDS-ACTION");
        line.set_parameter("DELEGATED-FROM", "mailto:" + answer.attendee.text());
        component.properties.push_back(std::move(line));
        any = true;
    }
    return any;
}

/// The first ATTENDEE with a mail address who names `delegate` in DELEGATED-TO; null when there is none.
const Property* delegator_of(const Component& component, const Address& delegate) {
    const auto found = std::ranges::find_if(component.properties, [&](const Property& property) {
        return property.is("ATTENDEE") && lists_address(property, "DELEGATED-TO", delegate) && address_of(&property);
    });
    return found == component.properties.end() ? nullptr : &*found;
}

/// Takes DELEGATED-FROM of the answer for an attendee who joined by delegation: whom the organizer invited stays
/// invited when the delegator takes another. Each must have been known, or be one whom the organizer invited and who
/// delegated to them: two delegates could else name each other, and stay when their delegator takes another. Did it
/// change?
bool take_delegators(Component& component, Property& line, const AttendeeReply& answer) {
    const auto known = delegators(line);
    const auto claimed = delegators(answer.line);
    const bool all_read = answer.line.parameter_values("DELEGATED-FROM").size() <= most_listed;
    if (known.empty() || claimed.empty() || claimed == known || !all_read) return false;
    const bool borne_out = std::ranges::all_of(claimed, [&](const std::string& text) {
        if (known.contains(text)) return true;
        const Property* const other = attendee(std::as_const(component), *Address::parse(text));
        return other != nullptr && delegators(*other).empty() && lists_address(*other, "DELEGATED-TO", answer.attendee);
    });
    if (borne_out) take_parameter(line, answer.line, "DELEGATED-FROM");
    return borne_out;
}

/// How many joined because this attendee delegated to them, or because they said so.
std::size_t joined_through(const Component& component, const Address& delegator) {
    return static_cast<std::size_t>(std::ranges::count_if(component.properties, [&](const Property& property) {
        return property.is("ATTENDEE") && lists_address(property, "DELEGATED-FROM", delegator);
    }));
}

/// They may be the one.
std::string unreadable_guest(const Component& component) {
    const auto guest = std::ranges::find_if(component.properties, [](const Property& property) {
        return property.is("ATTENDEE") && base::trimmed(property.value).empty();
    });
    if (guest == component.properties.end()) return {};
    return fmt::format("; but line {} of the event in the calendar, an ATTENDEE, cannot be read", guest->line);
}

ComponentOutcome admit_party_crasher(Component& component, Property line, const AttendeeReply& answer,
                                     const Options& options) {
    switch (options.party_crashers) {
        case Options::PartyCrashers::refuse:
            break;
        case Options::PartyCrashers::hold:
            return component_refused(Reason::party_crasher,
                                     fmt::format("{} was not invited{}; held for review", answer.attendee.text(),
                                                 unreadable_guest(component)));
        case Options::PartyCrashers::add:
            component.properties.push_back(std::move(line));
            return {Outcome::Kind::updated, Reason::attendee_added,
                    fmt::format("{} was not invited and was added to the attendees", answer.attendee.text())};
    }
    return component_refused(Reason::party_crasher,
                             fmt::format("{} was not invited{}", answer.attendee.text(), unreadable_guest(component)));
}

/// The one who answers was not invited: a delegate, or a party crasher.
ComponentOutcome add_uninvited(Component& component, const AttendeeReply& answer, const Options& options) {
    const Property* delegator = delegator_of(component, answer.attendee);
    const bool claims = answer.line.parameter("DELEGATED-FROM").has_value();
    if (delegator != nullptr || claims) {
        switch (options.delegation) {
            case Options::Delegation::verified:
                if (delegator == nullptr)
                    return component_refused(
                        Reason::unverified_delegation,
                        fmt::format("no attendee of the event delegated to {}", answer.attendee.text()));
                break;
            case Options::Delegation::claimed:
                if (delegator != nullptr) break;
                delegator = attendee_among(component, listed_addresses(answer.line, "DELEGATED-FROM"));
                if (delegator != nullptr &&
                    joined_through(component, *address_of(delegator)) >= static_cast<std::size_t>(options.delegates))
                    return component_refused(
                        Reason::too_complex,
                        fmt::format("{} has {} delegates already", address_of(delegator)->text(), options.delegates));
                break;
            case Options::Delegation::never:
                return component_refused(Reason::unverified_delegation, "delegation is not allowed");
        }
    }
    Property line = joining(answer);
    if (delegator == nullptr) return admit_party_crasher(component, std::move(line), answer, options);
    line.set_parameter("ROLE", delegator->parameter("ROLE"));
    line.set_parameter("DELEGATED-FROM", "mailto:" + address_of(delegator)->text());
    component.properties.push_back(std::move(line));
    add_delegates(component, answer);
    return reply_recorded(answer);
}

}  // namespace

Expected<AttendeeReply> attendee_reply_of(const Component& reply, const Property& line) {
    Property taken{line.name, {}, line.value};
    std::size_t size = line.value.size();
    for (const auto* const name : taken_parameters) {
        take_parameter(taken, line, name);
        if (const auto value = taken.parameter(name)) size += value->size();
    }
    if (size > longest_answer)
        return refuse(Reason::too_complex,
                      fmt::format("the ATTENDEE of the reply has {} bytes, more than {}", size, longest_answer));
    std::string code(base::trimmed(reply.value("REQUEST-STATUS")));
    code = code.substr(0, code.find(';'));
    return AttendeeReply{std::move(taken), *address_of(&line), status_code(code) ? code : "2.0"};
}

ComponentOutcome reply_recorded(const AttendeeReply& answer) {
    return {Outcome::Kind::updated, Reason::reply_recorded,
            fmt::format("{} replied {}", answer.attendee.text(), partstat(answer.line))};
}

ComponentOutcome write_reply(Component& component, const AttendeeReply& answer, const Options& options) {
    Property* const line = attendee(component, answer.attendee);
    if (line == nullptr) return add_uninvited(component, answer, options);
    if (options.delegation == Options::Delegation::never && partstat(answer.line) == "DELEGATED")
        return component_refused(Reason::unverified_delegation,
                                 fmt::format("{} delegated, but delegation is not allowed", answer.attendee.text()));
    if (partstat(answer.line) == "DELEGATED" && delegations_before(component, line) >= longest_delegation)
        return component_refused(Reason::too_complex,
                                 fmt::format("more than {} attendees delegated to each other", longest_delegation));
    std::set<std::string> leaving = delegates(*line);
    bool changed = take_delegators(component, *line, answer);
    changed = write_line(*line, answer) || changed;
    for (const std::string& stays : delegates(*line))
        leaving.erase(stays);
    changed = remove_delegates(component, answer.attendee.text(), leaving) || changed;
    changed = add_delegates(component, answer) || changed;
    return changed ? reply_recorded(answer)
                   : component_unchanged(Reason::duplicate, "the calendar already has this reply");
}

bool record_progress(Component& todo, const Component& reply) {
    if (std::ranges::count_if(todo.properties, [](const Property& property) { return property.is("ATTENDEE"); }) != 1)
        return false;
    bool any = false;
    for (const auto& [name, usable] : progress_properties) {
        const std::string value = reply.value(name);
        if (!usable(value) || value == todo.value(name)) continue;
        todo.set(name, value);
        any = true;
    }
    // Who goes on with it has not completed it (RFC 5545 3.8.2.1).
    const std::string status = reply.value("STATUS");
    if (progress(status) && !base::same_word(status, "COMPLETED") && reply.find("COMPLETED") == nullptr)
        any = todo.remove("COMPLETED") > 0 || any;
    return any;
}

}  // namespace calendar::itip
