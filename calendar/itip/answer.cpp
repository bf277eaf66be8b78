#include "calendar/itip/answer.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "calendar/itip/parties.h"
#include "calendar/itip/text.h"

namespace calendar::itip {

namespace {

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
    return same_word(status, "NEEDS-ACTION") || same_word(status, "IN-PROCESS") || same_word(status, "COMPLETED");
}

}  // namespace

Answer answer_of(const Component& reply, const Property& line) {
    std::string code(trimmed(reply.value("REQUEST-STATUS")));
    code = code.substr(0, code.find(';'));
    return {line, *address_of(&line), status_code(code) ? code : "2.0"};
}

bool record(Property& line, const Answer& answer, bool delegation_known) {
    const std::string before = as_text(line);
    const bool delegates = partstat(answer.line) == "DELEGATED";
    take_parameter(line, answer.line, "PARTSTAT");
    if (!delegates || answer.line.parameter("DELEGATED-TO"))
        delegates ? take_parameter(line, answer.line, "DELEGATED-TO")
                  : line.set_parameter("DELEGATED-TO", std::nullopt);
    if (delegation_known && answer.line.parameter("DELEGATED-FROM"))
        take_parameter(line, answer.line, "DELEGATED-FROM");
    take_parameter(line, answer.line, "SENT-BY");
    if (!line.parameter("CN")) take_parameter(line, answer.line, "CN");
    line.set_parameter("RSVP", std::nullopt);
    line.set_parameter("SCHEDULE-STATUS", answer.schedule_status);
    return as_text(line) != before;
}

Property joining(const Answer& answer) {
    Property line{"ATTENDEE", {}, answer.line.value};
    for (const auto* const name : {"CN", "CUTYPE", "LANGUAGE"})
        take_parameter(line, answer.line, name);
    record(line, answer, false);
    return line;
}

bool add_delegates(Component& component, const Answer& answer) {
    if (partstat(answer.line) != "DELEGATED") return false;
    const auto delegates = answer.line.parameter_values("DELEGATED-TO");
    std::unordered_set<std::string> listed;
    for (const Property& property : component.properties)
        if (const auto address = property.is("ATTENDEE") ? address_of(&property) : std::nullopt)
            listed.insert(address->text());
    const Property* const delegator = attendee(std::as_const(component), answer.attendee);
    const auto role = delegator == nullptr ? std::nullopt : delegator->parameter("ROLE");
    bool any = false;
    for (const std::string& text : delegates) {
        const auto address = Address::parse(text);
        if (!address || !listed.insert(address->text()).second) continue;
        Property line{"ATTENDEE", {}, "mailto:" + address->text()};
        line.set_parameter("ROLE", role);
        line.set_parameter("PARTSTAT", "NEEDS-ACTION");
        line.set_parameter("DELEGATED-FROM", "mailto:" + answer.attendee.text());
        component.properties.push_back(std::move(line));
        any = true;
    }
    return any;
}

const Property* delegator_of(const Component& component, const Address& delegate) {
    const auto found = std::ranges::find_if(component.properties, [&](const Property& property) {
        return property.is("ATTENDEE") && names(property, "DELEGATED-TO", delegate) && address_of(&property);
    });
    return found == component.properties.end() ? nullptr : &*found;
}

bool record_progress(Component& todo, const Component& reply) {
    if (std::ranges::count_if(todo.properties, [](const Property& property) { return property.is("ATTENDEE"); }) != 1)
        return false;
    bool any = false;
    for (const auto* const name : {"PERCENT-COMPLETE", "COMPLETED", "STATUS"}) {
        const std::string value = reply.value(name);
        if (value.empty() || value == todo.value(name)) continue;
        if (std::string_view(name) == "STATUS" && !progress(value)) continue;
        todo.set(name, value);
        any = true;
    }
    return any;
}

}  // namespace calendar::itip
