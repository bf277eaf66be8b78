#include "calendar/itip/read/message.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/read/summary.h"
#include "calendar/itip/read/tidy.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/ical.h"
#include "calendar/itip/time/sender_zones.h"
#include "calendar/itip/time/time_zone.h"
#include "calendar/itip/time/vtimezone.h"

namespace calendar::itip {

namespace {

/// Each message of a part carries the part's VTIMEZONEs; all messages together are at most this many times the allowed
/// size.
constexpr std::size_t most_copies = 4;

/// The components of one UID.
struct Group {
    std::string uid;
    std::vector<Component> components;
};

tl::unexpected<Refusal> refuse_component(Reason reason, const Component& component, std::string_view what) {
    return refuse(reason, component.name + ": " + std::string(what));
}

/// The one METHOD of all objects in the part (several objects are one message when their methods agree).
Expected<Method> common_method(const std::vector<Component>& calendars,
                               std::optional<std::string_view> method_parameter) {
    const std::string first = calendars.front().value("METHOD");
    if (std::ranges::any_of(
            calendars, [&](const Component& calendar) { return !base::same_word(calendar.value("METHOD"), first); }))
        return refuse(Reason::mixed_methods, "the calendar objects have different METHODs");
    if (first.empty()) return refuse(Reason::not_itip, "METHOD is missing");
    if (method_parameter && !base::same_word(base::trimmed(*method_parameter), first))
        return refuse(Reason::method_mismatch, "METHOD is " + first.substr(0, 64) + ", the method parameter is " +
                                                   std::string(method_parameter->substr(0, 64)));
    const auto method = method_of(first);
    if (!method) return refuse(Reason::unsupported_method, "METHOD " + first.substr(0, 64) + " is unknown");
    return *method;
}

bool needs_organizer(Method method) noexcept {
    return method != Method::reply && method != Method::publish;
}

/// RFC 5546 3: an invitation names who is invited, an answer who answers. A VJOURNAL is added to without (3.5.2).
bool needs_attendee(Method method, const Component& component) noexcept {
    switch (method) {
        case Method::request:
        case Method::reply:
        case Method::refresh:
        case Method::counter:
            return true;
        case Method::add:
            return component.name != "VJOURNAL";
        case Method::publish:
        case Method::cancel:
        case Method::decline_counter:
            return false;
    }
    return false;
}

bool utc_time(const Property* property) {
    const auto clock = property == nullptr ? std::nullopt : wall_clock(base::trimmed(property->value));
    return clock && clock->utc;
}

/// What iTIP asks of one component for this method.
Expected<void> check_component(const Component& component, const ObjectSummary& summary, Method method) {
    if (!utc_time(component.find("DTSTAMP")))
        return refuse_component(Reason::missing_dtstamp, component, "DTSTAMP is missing or not a UTC time");
    if (!summary.organizer && (needs_organizer(method) || component.find("ORGANIZER") != nullptr))
        return refuse_component(Reason::missing_organizer, component, "ORGANIZER is missing or not a mail address");
    if (summary.attendees.empty() && needs_attendee(method, component))
        return refuse_component(Reason::missing_attendee, component, "there is no ATTENDEE with a mail address");
    const bool brings_event = method == Method::publish || method == Method::request || method == Method::add;
    if (brings_event && component.name == "VEVENT" && component.find("DTSTART") == nullptr)
        return refuse_component(Reason::bad_calendar, component, "DTSTART is missing");
    return {};
}

/// The instance that a component is about, as a key that does not depend on how the time is written.
using Instance = std::tuple<bool, std::int64_t, bool, bool>;

Expected<Instance> instance_of(const Component& component) {
    const Property* const line = component.find("RECURRENCE-ID");
    if (line == nullptr) return Instance{false, 0, false, false};
    const auto at = moment_of(*line);
    if (!at || line->value.find(',') != std::string::npos)
        return refuse_component(Reason::bad_recurrence_id, component, "RECURRENCE-ID is not a date");
    if (const auto range = line->parameter("RANGE"); range && !base::same_word(*range, "THISANDFUTURE"))
        return refuse_component(Reason::bad_recurrence_id, component, "RANGE must be THISANDFUTURE");
    return Instance{true, at->seconds, at->date, at->floating};
}

Expected<std::vector<Group>> group_by_uid(std::vector<Component> components) {
    std::vector<Group> groups;
    std::unordered_map<std::string, std::size_t> places;
    for (Component& component : components) {
        if (component.name == "VTIMEZONE") continue;
        if (component.name == "VFREEBUSY") return refuse(Reason::unsupported_method, "VFREEBUSY is not supported");
        if (!is_storable(component.name)) continue;
        const std::string uid = component.value("UID");
        if (uid.empty()) return refuse_component(Reason::missing_uid, component, "UID is missing");
        const auto [place, is_new] = places.try_emplace(uid, groups.size());
        if (is_new) groups.push_back({uid, {}});
        Group& group = groups[place->second];
        if (!group.components.empty() && group.components.front().name != component.name)
            return refuse_component(Reason::bad_calendar, component, "one UID is used by components of two types");
        group.components.push_back(std::move(component));
    }
    if (groups.empty()) return refuse(Reason::bad_calendar, "there is no VEVENT, VTODO or VJOURNAL");
    return groups;
}

Expected<ItipMessage> message_of(Group group, Method method, const Component& frame, const HazardLimits& limits,
                                 Effort& effort) {
    ItipMessage message;
    message.method = method;
    message.component = group.components.front().name;
    message.uid = group.uid;
    std::set<Instance> instances;
    for (const Component& component : group.components) {
        ObjectSummary summary = summarize(component);
        if (auto fine = check_component(component, summary, method); !fine) return tl::unexpected(fine.error());
        const auto instance = instance_of(component);
        if (!instance) return tl::unexpected(instance.error());
        if (!instances.insert(*instance).second)
            return refuse_component(Reason::bad_recurrence_id, component,
                                    "duplicate component for the same instance or series");
        message.objects.push_back(std::move(summary));
    }
    const auto organizer = [](const ObjectSummary& object) {
        return object.organizer ? std::optional(object.organizer->address) : std::nullopt;
    };
    if (std::ranges::any_of(message.objects, [&](const ObjectSummary& object) {
            return organizer(object) != organizer(message.objects.front());
        }))
        return refuse(Reason::organizer_mismatch, "the components of one UID have different organizers");
    Component calendar = frame;
    std::ranges::move(group.components, std::back_inserter(calendar.components));
    message.hazards = find_hazards(calendar, limits, effort);
    message.content = write_document(calendar);
    return message;
}

/// Two objects of a part that mean different rules by one TZID: which of them a line means is not clear.
bool zones_clash(const std::vector<Component>& calendars) {
    std::map<std::string, const Component*> zones;
    for (const Component& calendar : calendars)
        for (const Component& component : calendar.components) {
            const std::string name = zone_name(component);
            if (name.empty() || is_system_zone(name)) continue;
            const auto [place, is_new] = zones.try_emplace(name, &component);
            if (!is_new && !same_rules(*place->second, component)) return true;
        }
    return false;
}

/// A VTIMEZONE that says nothing, whose name is not one of the system's zones; null when there is none.
const Component* zone_without_rules(const Component& calendar) {
    const auto found = std::ranges::find_if(calendar.components, [](const Component& component) {
        const std::string name = zone_name(component);
        return !name.empty() && component.components.empty() && !is_system_zone(name);
    });
    return found == calendar.components.end() ? nullptr : &*found;
}

}  // namespace

const Party* ItipMessage::attendee(const Address& address) const noexcept {
    for (const ObjectSummary& object : objects) {
        const auto found = std::ranges::find(object.attendees, address, &Party::address);
        if (found != object.attendees.end()) return &*found;
    }
    return nullptr;
}

Expected<std::vector<ItipMessage>> read_itip(std::string_view text, std::optional<std::string_view> method_parameter,
                                             const LintLimits& limits, const HazardLimits& hazard_limits) {
    Effort effort(Effort::of_a_message(text.size()));
    return read_itip(text, method_parameter, {limits, hazard_limits, effort});
}

Expected<std::vector<ItipMessage>> read_itip(std::string_view text, std::optional<std::string_view> method_parameter,
                                             const ReadLimits& limits) {
    if (auto fine = lint(text, limits.lint); !fine) return tl::unexpected(fine.error());
    auto calendars = parse_document(text);
    if (!calendars) return tl::unexpected(calendars.error());
    const auto method = common_method(*calendars, method_parameter);
    if (!method) return tl::unexpected(method.error());

    if (calendars->size() > 1 && zones_clash(*calendars))
        return refuse(Reason::bad_calendar, "two calendar objects define different time zones under one TZID");
    Component calendar = merged(std::move(*calendars));
    calendar.set("METHOD", std::string(word(*method)));
    for (Component& component : calendar.components)
        if (is_storable(component.name)) tidy(component);
    auto groups = group_by_uid(calendar.components);
    if (!groups) return tl::unexpected(groups.error());
    if (groups->size() > limits.lint.uids)
        return refuse(Reason::too_complex, fmt::format("the message has {} events; 'limits: uids' allows {}",
                                                       groups->size(), limits.lint.uids));

    if (const Component* const zone = zone_without_rules(calendar))
        return refuse_component(Reason::bad_calendar, *zone,
                                zone_name(*zone).substr(0, 64) + " has neither STANDARD nor DAYLIGHT");

    const SenderZones zones(calendar, limits.effort);
    if (zones.trouble()) return tl::unexpected(*zones.trouble());
    Component frame{calendar.name, calendar.properties, {}};
    for (const Component& component : calendar.components)
        if (component.name == "VTIMEZONE") frame.components.push_back(stored_part(component));
    if (write_document(frame).size() > most_copies * limits.lint.bytes / groups->size())
        return refuse(Reason::too_complex, "the time zones are too large for this number of UIDs");

    std::vector<ItipMessage> messages;
    for (Group& group : *groups) {
        auto message = message_of(std::move(group), *method, frame, limits.hazards, limits.effort);
        if (!message) return tl::unexpected(message.error());
        messages.push_back(std::move(*message));
    }
    // A message has one sender, who speaks for one organizer.
    const auto organizer = [](const ItipMessage& message) {
        return message.organizer() ? std::optional(message.organizer()->address) : std::nullopt;
    };
    if (std::ranges::any_of(messages,
                            [&](const ItipMessage& one) { return organizer(one) != organizer(messages.front()); }))
        return refuse(Reason::mixed_uids, "the events of one part have different organizers");
    if (auto fine = validate(calendar); !fine) return tl::unexpected(fine.error());
    return messages;
}

}  // namespace calendar::itip
