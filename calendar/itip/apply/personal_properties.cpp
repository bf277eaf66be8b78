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

/// X- properties that calendar programs write for their own user; what ends with a hyphen stands for all that begin so.
/// None comes with an update: each version of an event could else add more, without end.
constexpr std::array own_extensions{"X-MOZ-LASTACK",
                                    "X-MOZ-SNOOZE-",
                                    "X-MOZ-GENERATION",
                                    "X-MOZ-INVITED-ATTENDEE",
                                    "X-MOZ-RECEIVED-",
                                    "X-MOZ-SEND-",
                                    "X-APPLE-TRAVEL-",
                                    "X-APPLE-DEFAULT-ALARM",
                                    "X-APPLE-SORT-ORDER",
                                    "X-EVOLUTION-",
                                    "X-KDE-",
                                    "X-SOGO-",
                                    "X-NC-",
                                    "X-OC-",
                                    "X-PINNED",
                                    "X-DAV-",
                                    "X-CALENDARSERVER-PRIVATE-",
                                    "X-RADICALE-",
                                    "X-WR-ALARMUID"};

bool own_property(const Property& property) {
    return std::ranges::any_of(own_properties, [&](const char* name) { return property.is(name); });
}

bool own_extension(const Property& property) {
    const std::string name = base::uppered(property.name);
    return std::ranges::any_of(
        own_extensions, [&](std::string_view own) { return own.ends_with('-') ? name.starts_with(own) : name == own; });
}

bool alarm(const Component& component) noexcept {
    return component.name == "VALARM";
}

/// What no message brings into a calendar.
void remove_at_every_depth(Component& component, const Options& options) {
    std::erase_if(component.properties, [](const Property& property) { return property.is("X-LIC-ERROR"); });
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

Component personal_part(const Component& known, const std::vector<Address>& recipient) {
    Component part{known.name, {}, {}};
    if (const Property* const organizer = known.find("ORGANIZER")) part.properties.push_back(*organizer);
    std::unordered_set<std::string> own;  // addresses
    std::ranges::copy_if(known.properties, std::back_inserter(part.properties), [&](const Property& property) {
        if (const auto address = own_address(property, recipient)) return own.insert(address->text()).second;
        return own_property(property) || own_extension(property);
    });
    std::ranges::copy_if(known.components, std::back_inserter(part.components), alarm);
    return part;
}

void keep_personal_properties(Component& fresh, const Component& known) {
    for (const auto* const name : own_properties) {
        if (known.find(name) == nullptr) continue;
        fresh.remove(name);
        std::ranges::copy_if(known.properties, std::back_inserter(fresh.properties),
                             [&](const Property& property) { return property.is(name); });
    }
    std::erase_if(fresh.properties, own_extension);
    std::ranges::copy_if(known.properties, std::back_inserter(fresh.properties), own_extension);
    if (std::ranges::none_of(known.components, alarm)) return;
    std::erase_if(fresh.components, alarm);
    std::ranges::copy_if(known.components, std::back_inserter(fresh.components), alarm);
}

Component own_part(const Component& made_up) {
    Component own{made_up.name, {}, {}};
    std::ranges::copy_if(made_up.properties, std::back_inserter(own.properties), own_property);
    std::ranges::copy_if(made_up.components, std::back_inserter(own.components), alarm);
    return own;
}

void inherit_own_part(Component& instance, const Component& own) {
    Component missing = own;
    std::erase_if(missing.properties, [&](const Property& line) { return instance.find(line.name) != nullptr; });
    if (std::ranges::any_of(instance.components, alarm)) missing.components.clear();
    std::ranges::move(missing.properties, std::back_inserter(instance.properties));
    std::ranges::move(missing.components, std::back_inserter(instance.components));
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
