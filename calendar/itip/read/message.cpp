#include "calendar/itip/read/message.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/read/calendar_text.h"
#include "calendar/itip/read/complete.h"
#include "calendar/itip/read/summary.h"
#include "calendar/itip/read/tidy.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/ical.h"
#include "calendar/itip/time/time_zone.h"
#include "calendar/itip/time/zones.h"

namespace calendar::itip {

namespace {

/// Each message of a part carries the part's VTIMEZONEs; all messages together are at most so many times the allowed
/// size.
constexpr std::size_t most_copies = 4;
constexpr std::size_t longest_word = 64;  // of the message, in what is for people

/// The components of one UID.
struct Group {
    std::string uid;
    std::vector<Component> components;
};

/// Says what is wrong with a property, or that the component has none of that name.
tl::unexpected<Refusal> refuse_at(Reason reason, const Component& component, const char* name, std::string_view what) {
    const Property* const property = component.find(name);
    return refuse(reason, property == nullptr ? fault(component, fmt::format("{} is missing", name))
                                              : fault(component, *property, what));
}

/// The one METHOD of all objects in the part (several objects are one message when their methods agree).
Expected<Method> common_method(const std::vector<Component>& calendars,
                               std::optional<std::string_view> method_parameter) {
    const std::string first = calendars.front().value("METHOD");
    for (const Component& calendar : calendars)
        if (!base::same_word(calendar.value("METHOD"), first))
            return refuse_at(Reason::mixed_methods, calendar, "METHOD", "another than in the calendar object before");
    if (first.empty()) return refuse_at(Reason::not_itip, calendars.front(), "METHOD", "empty");
    if (method_parameter && !base::same_word(base::trimmed(*method_parameter), first))
        return refuse_at(Reason::method_mismatch, calendars.front(), "METHOD",
                         fmt::format("{}, and the method parameter is {}", first.substr(0, longest_word),
                                     method_parameter->substr(0, longest_word)));
    const auto method = method_of(first);
    if (!method)
        return refuse_at(Reason::unsupported_method, calendars.front(), "METHOD",
                         fmt::format("unknown method {}", first.substr(0, longest_word)));
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

bool brings_event(Method method) noexcept {
    return method == Method::publish || method == Method::request || method == Method::add;
}

/// What iTIP asks of one component for this method.
Expected<void> check_component(const Component& component, const ObjectSummary& summary, Method method) {
    if (!summary.organizer && (needs_organizer(method) || component.find("ORGANIZER") != nullptr))
        return refuse_at(Reason::missing_organizer, component, "ORGANIZER", "not a mail address");
    if (summary.attendees.empty() && needs_attendee(method, component))
        return refuse_at(Reason::missing_attendee, component, "ATTENDEE", "not a mail address");
    if (!speaks_for_organizer(method))
        for (const Property& property : component.properties)
            if (property.is("ATTENDEE") && property.mended && !property.parameter("PARTSTAT"))
                return refuse(Reason::bad_calendar, fault(component, property, "PARTSTAT cannot be read"));
    if (brings_event(method) && component.name == "VEVENT" && component.find("DTSTART") == nullptr)
        return refuse(Reason::bad_calendar, fault(component, "DTSTART is missing"));
    return {};
}

/// The instance that a component is about, as a key that does not depend on how the time is written.
using Instance = std::tuple<bool, std::int64_t, bool, bool>;

Expected<Instance> instance_of(const Component& component) {
    const Property* const line = component.find("RECURRENCE-ID");
    if (line == nullptr) return Instance{false, 0, false, false};
    const auto at = moment_of(*line);
    if (!at || line->value.find(',') != std::string::npos)
        return refuse_at(Reason::bad_recurrence_id, component, "RECURRENCE-ID", "not a date");
    if (const auto range = line->parameter("RANGE"); range && !base::same_word(*range, "THISANDFUTURE"))
        return refuse_at(Reason::bad_recurrence_id, component, "RECURRENCE-ID", "RANGE must be THISANDFUTURE");
    return Instance{true, at->seconds, at->date, at->floating};
}

Expected<std::vector<Group>> group_by_uid(std::vector<Component> components) {
    std::vector<Group> groups;
    std::unordered_map<std::string, std::size_t> places;
    for (Component& component : components) {
        if (component.name == "VTIMEZONE") continue;
        if (component.name == "VFREEBUSY")
            return refuse(Reason::unsupported_method, fault(component, "is not supported"));
        if (!is_storable(component.name)) continue;
        const std::string uid = component.value("UID");
        if (uid.empty()) return refuse_at(Reason::missing_uid, component, "UID", "empty");
        const auto [place, is_new] = places.try_emplace(uid, groups.size());
        if (is_new) groups.push_back({uid, {}});
        Group& group = groups[place->second];
        if (!group.components.empty() && group.components.front().name != component.name)
            return refuse_at(Reason::bad_calendar, component, "UID",
                             fmt::format("a {} has the same UID", group.components.front().name));
        group.components.push_back(std::move(component));
    }
    if (groups.empty()) return refuse(Reason::bad_calendar, "there is no VEVENT, VTODO or VJOURNAL");
    return groups;
}

std::optional<Address> organizer_of(const ObjectSummary& object) {
    return object.organizer ? std::optional(object.organizer->address) : std::nullopt;
}

Expected<ItipMessage> message_of(Group group, Method method, const Component& frame, const PartReading& reading) {
    ItipMessage message;
    message.method = method;
    message.component = group.components.front().name;
    message.uid = group.uid;
    if (auto fine = take_parties_of_master(group.components, reading.limits.properties); !fine)
        return tl::unexpected(fine.error());
    std::set<Instance> instances;
    for (Component& component : group.components) {
        if (auto fine = settle_dtstamp(component, reading.sent); !fine) return tl::unexpected(fine.error());
        ObjectSummary summary = summarize(component);
        if (auto fine = check_component(component, summary, method); !fine) return tl::unexpected(fine.error());
        const auto instance = instance_of(component);
        if (!instance) return tl::unexpected(instance.error());
        if (!instances.insert(*instance).second)
            return refuse(Reason::bad_recurrence_id,
                          fault(component, "another component is for the same instance or series"));
        message.objects.push_back(std::move(summary));
        if (organizer_of(message.objects.back()) != organizer_of(message.objects.front()))
            return refuse_at(Reason::organizer_mismatch, component, "ORGANIZER",
                             "another than in the components of this UID before");
    }
    message.hazards = find_hazards(group.components, reading.hazards, reading.effort);

    Component calendar = frame;
    std::ranges::move(group.components, std::back_inserter(calendar.components));
    message.content = write_document(calendar);
    return message;
}

/// What the VTIMEZONEs of a part must not be: two that mean different rules by one TZID in two of its objects, for then
/// it cannot be told which is meant where; or one that says nothing, of a zone that the system does not know.
Expected<void> check_time_zones(const std::vector<Component>& calendars) {
    std::map<std::string, const Component*> zones;
    for (const Component& calendar : calendars)
        for (const Component& component : calendar.components) {
            const std::string name = zone_name(component);
            if (name.empty() || is_system_zone(name)) continue;
            const auto [place, is_new] = zones.try_emplace(name, &component);
            if (!is_new && !same_rules(*place->second, component))
                return refuse_at(Reason::bad_calendar, component, "TZID",
                                 "another VTIMEZONE of that name has other rules");
            if (component.components.empty())
                return refuse_at(Reason::bad_calendar, component, "TZID",
                                 fmt::format("{} has neither STANDARD nor DAYLIGHT", name.substr(0, longest_word)));
        }
    return {};
}

/// Writes what the components mean as RFC 5545 asks for it, and checks that it can be known.
Expected<void> settle(Component& calendar, Method method) {
    std::set<std::string> zones;
    for (const Component& component : calendar.components)
        if (const std::string name = zone_name(component); !name.empty()) zones.insert(name);
    for (Component& component : calendar.components) {
        if (!is_storable(component.name)) continue;
        tidy(component);
        if (!brings_event(method)) continue;
        if (auto fine = check_zones(component, zones); !fine) return fine;
    }
    return {};
}

Expected<std::vector<ItipMessage>> messages_of(std::vector<Component> calendars,
                                               std::optional<std::string_view> method_parameter,
                                               const PartReading& reading) {
    const auto method = common_method(calendars, method_parameter);
    if (!method) return tl::unexpected(method.error());
    if (auto fine = check_time_zones(calendars); !fine) return tl::unexpected(fine.error());
    Component calendar = merged(std::move(calendars));
    calendar.set("METHOD", std::string(word(*method)));
    const SenderZones zones(calendar);
    if (auto fine = settle(calendar, *method); !fine) return tl::unexpected(fine.error());
    auto groups = group_by_uid(calendar.components);
    if (!groups) return tl::unexpected(groups.error());
    if (groups->size() > reading.limits.uids)
        return refuse(Reason::too_complex, fmt::format("the message has {} events; 'limits: uids' allows {}",
                                                       groups->size(), reading.limits.uids));

    Component frame{calendar.name, calendar.properties, {}};
    std::ranges::copy_if(calendar.components, std::back_inserter(frame.components),
                         [](const Component& component) { return component.name == "VTIMEZONE"; });
    if (write_document(frame).size() > most_copies * reading.limits.bytes / groups->size())
        return refuse(Reason::too_complex, "the time zones are too large for this number of UIDs");

    std::vector<ItipMessage> messages;
    for (Group& group : *groups) {
        auto message = message_of(std::move(group), *method, frame, reading);
        if (!message) return tl::unexpected(message.error());
        messages.push_back(std::move(*message));
        // A message has one sender, who speaks for one organizer.
        if (organizer_of(messages.back().objects.front()) != organizer_of(messages.front().objects.front()))
            return refuse(Reason::mixed_uids, fmt::format("the events {} and {} have different organizers",
                                                          messages.front().uid, messages.back().uid));
    }
    if (auto fine = validate(calendar); !fine) return tl::unexpected(fine.error());
    return messages;
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
                                             const CalendarLimits& limits, const HazardLimits& hazard_limits) {
    Effort effort(Effort::of_a_message(text.size()));
    return read_itip(text, method_parameter, {.limits = limits, .hazards = hazard_limits, .effort = effort});
}

Expected<std::vector<ItipMessage>> read_itip(std::string_view text, std::optional<std::string_view> method_parameter,
                                             const PartReading& reading) {
    auto read = read_message_text(text, reading.limits);
    if (!read) return tl::unexpected(std::move(read.error()));
    const std::string dropped = read->dropped.sentence();
    auto messages = messages_of(std::move(read->calendars), method_parameter, reading);
    if (!messages) {
        if (!dropped.empty()) messages.error().detail += "; " + dropped;
        return messages;
    }
    for (ItipMessage& message : *messages)
        message.dropped = dropped;
    return messages;
}

}  // namespace calendar::itip
