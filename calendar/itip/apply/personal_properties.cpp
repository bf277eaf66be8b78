#include "calendar/itip/apply/personal_properties.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/read/parties.h"

namespace calendar::itip {

namespace {

constexpr std::array own_properties{"TRANSP", "CLASS", "CATEGORIES", "COLOR", "COMPLETED", "PERCENT-COMPLETE"};

bool extension(const Property& property) noexcept {
    return property.name.size() > 2 && base::same_word(std::string_view(property.name).substr(0, 2), "X-");
}

bool alarm(const Component& component) noexcept {
    return component.name == "VALARM";
}

/// The description once more in HTML, which a calendar program may show as a page: X-ALT-DESC of Outlook and others,
/// STYLED-DESCRIPTION (RFC 9073 6.5) when it names no other type. Of several FMTTYPEs any may be the one that counts.
bool html_description(const Property& property) {
    const bool styled = property.is("STYLED-DESCRIPTION");
    if (!styled && !property.is("X-ALT-DESC")) return false;
    if (!property.parameter("FMTTYPE")) return styled;
    return std::ranges::any_of(property.parameters, [](const Parameter& parameter) {
        return base::same_word(parameter.name, "FMTTYPE") &&
               base::lowered(parameter.value).find("html") != std::string::npos;
    });
}

/// What no message brings into a calendar.
void remove_at_every_depth(Component& component, const Options& options) {
    std::erase_if(component.properties,
                  [](const Property& property) { return property.is("X-LIC-ERROR") || html_description(property); });
    if (options.strip_alarms) std::erase_if(component.components, alarm);
    for (Component& child : component.components)  // bounded: depth
        remove_at_every_depth(child, options);
}

/// The address of an ATTENDEE line that is the recipient's.
std::optional<Address> own_address(const Property& property, const std::vector<Address>& recipient) {
    const auto address = property.is("ATTENDEE") ? address_of(&property) : std::nullopt;
    return address && contains(recipient, *address) ? address : std::nullopt;
}

}  // namespace

void remove_unwanted(Component& fresh, const Options& options) {
    fresh.remove("REQUEST-STATUS");
    remove_at_every_depth(fresh, options);
    // What the recipient's server sends is not the sender's to say (RFC 6638 7.1 to 7.3).
    for (Property& line : fresh.properties)
        if (line.is("ORGANIZER") || line.is("ATTENDEE"))
            for (const auto* const name : {"SCHEDULE-AGENT", "SCHEDULE-FORCE-SEND", "SCHEDULE-STATUS"})
                line.set_parameter(name, std::nullopt);
}

void keep_personal_properties(Component& fresh, const Component& known) {
    for (const auto* const name : own_properties) {
        if (known.find(name) == nullptr) continue;
        fresh.remove(name);
        std::ranges::copy_if(known.properties, std::back_inserter(fresh.properties),
                             [&](const Property& property) { return property.is(name); });
    }
    std::unordered_set<std::string> carried;
    for (const Property& property : fresh.properties)
        if (extension(property)) carried.insert(base::uppered(property.name));
    std::ranges::copy_if(known.properties, std::back_inserter(fresh.properties), [&](const Property& property) {
        return extension(property) && !carried.contains(base::uppered(property.name)) && !html_description(property);
    });
    if (std::ranges::none_of(known.components, alarm)) return;
    std::erase_if(fresh.components, alarm);
    std::ranges::copy_if(known.components, std::back_inserter(fresh.components), alarm);
}

void keep_own_partstat(Component& fresh, const Component& known, const std::vector<Address>& recipient,
                       const std::optional<Address>& list) {
    std::unordered_map<std::string, const Property*> answers;
    const Property* first = nullptr;
    for (const Property& line : known.properties) {
        const auto address = own_address(line, recipient);
        if (!address) continue;
        answers.try_emplace(address->text(), &line);
        if (first == nullptr) first = &line;
    }
    if (first == nullptr) return;

    bool listed = false;
    std::unordered_set<std::string> answered;  // in the first of the lines, the one that counts
    for (Property& line : fresh.properties) {
        const auto address = own_address(line, recipient);
        if (!address) continue;
        listed = true;
        if (!answered.insert(address->text()).second) continue;
        const auto same = answers.find(address->text());
        // Under another of their addresses it is still the recipient who answered.
        const Property& answer = same == answers.end() ? *first : *same->second;
        take_parameter(line, answer, "PARTSTAT");
        take_parameter(line, answer, "DELEGATED-TO");
        if (partstat(answer) != "NEEDS-ACTION") line.set_parameter("RSVP", std::nullopt);
    }
    if (!listed && list && attendee(std::as_const(fresh), *list) != nullptr) fresh.properties.push_back(*first);
}

void put_schedule_agent(Component& fresh, const Component* known, ScheduleAgent agent) {
    Property* const organizer = fresh.find("ORGANIZER");
    if (organizer == nullptr) return;
    switch (agent) {
        case ScheduleAgent::server:
            if (known != nullptr && known->find("ORGANIZER") != nullptr)
                if (const auto kept = known->find("ORGANIZER")->parameter("SCHEDULE-AGENT"))
                    organizer->set_parameter("SCHEDULE-AGENT", kept);
            return;
        case ScheduleAgent::client:
            organizer->set_parameter("SCHEDULE-AGENT", "CLIENT");
            return;
        case ScheduleAgent::none:
            organizer->set_parameter("SCHEDULE-AGENT", "NONE");
            return;
    }
}

}  // namespace calendar::itip
