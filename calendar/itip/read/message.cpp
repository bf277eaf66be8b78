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
#include "calendar/itip/read/normal_form/answers.h"
#include "calendar/itip/read/normal_form/carried_values.h"
#include "calendar/itip/read/normal_form/complete.h"
#include "calendar/itip/read/normal_form/dates.h"
#include "calendar/itip/read/normal_form/message_zones.h"
#include "calendar/itip/read/normal_form/rules.h"
#include "calendar/itip/read/normal_form/tidy.h"
#include "calendar/itip/read/summary.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/text/quoted.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/ical.h"
#include "calendar/itip/time/zone/sender_zones.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "calendar/itip/time/zone/vtimezone.h"
#include "calendar/itip/time/zone/word_zones.h"

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

/// Says what is wrong with a property, or that the component has none of that name.
tl::unexpected<Refusal> refuse_at(Reason reason, const Component& component, const char* name, std::string_view what) {
    const Property* const property = component.find(name);
    return refuse(reason, property == nullptr ? fault(component, fmt::format("{} is missing", name))
                                              : fault(component, *property, what));
}

/// The one METHOD of all objects in the part (several objects are one message when their methods agree), which are of
/// one calendar (RFC 5545 3.7.1).
Expected<Method> common_method(const std::vector<Component>& calendars,
                               std::optional<std::string_view> method_parameter) {
    const std::string first = calendars.front().value("METHOD");
    for (const Component& calendar : calendars)
        if (!base::same_word(calendar.value("METHOD"), first))
            return refuse_at(Reason::mixed_methods, calendar, "METHOD", "differs from the first calendar object");
    for (const Component& calendar : calendars)
        if (const std::string scale = calendar.value("CALSCALE");
            !scale.empty() && !base::same_word(scale, "GREGORIAN"))
            return refuse_at(Reason::bad_calendar, calendar, "CALSCALE",
                             fmt::format("'{}' is not supported; it must be GREGORIAN", scale.substr(0, longest_name)));
    if (first.empty()) return refuse_at(Reason::not_itip, calendars.front(), "METHOD", "empty");
    if (method_parameter && !base::same_word(base::trimmed(*method_parameter), first))
        return refuse_at(Reason::method_mismatch, calendars.front(), "METHOD",
                         fmt::format("{}, and the method parameter is {}", first.substr(0, longest_name),
                                     method_parameter->substr(0, longest_name)));
    const auto method = method_of(first);
    if (!method)
        return refuse_at(Reason::unsupported_method, calendars.front(), "METHOD",
                         fmt::format("unknown method {}", first.substr(0, longest_name)));
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

/// What iTIP asks of one component for this method.
Expected<void> check_component(const Component& component, const ObjectSummary& summary, Method method) {
    if (!summary.organizer && (needs_organizer(method) || component.find("ORGANIZER") != nullptr))
        return refuse_at(Reason::missing_organizer, component, "ORGANIZER", "not a mail address");
    if (summary.attendees.empty() && needs_attendee(method, component))
        return refuse_at(Reason::missing_attendee, component, "ATTENDEE", "not a mail address");
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
        return refuse_at(Reason::bad_recurrence_id, component, "RECURRENCE-ID",
                         about_value(line->value, "is not a date"));
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
        const std::string uid = uid_text(component.value("UID"));
        if (uid.empty()) return refuse_at(Reason::missing_uid, component, "UID", "empty");
        if (uid.find('\n') != std::string::npos)
            return refuse_at(Reason::bad_calendar, component, "UID", "must not contain a line break");
        const auto [place, is_new] = places.try_emplace(uid, groups.size());
        if (is_new) groups.push_back({uid, {}});
        Group& group = groups[place->second];
        if (!group.components.empty() && group.components.front().name != component.name)
            return refuse_at(Reason::bad_calendar, component, "UID",
                             fmt::format("a {} has the same UID", group.components.front().name));
        // One spelling in one object: not every program reads escapes.
        if (!group.components.empty()) component.set("UID", group.components.front().value("UID"));
        group.components.push_back(std::move(component));
    }
    if (groups.empty()) return refuse(Reason::bad_calendar, "there is no VEVENT, VTODO or VJOURNAL");
    return groups;
}

std::optional<Address> organizer_of(const ObjectSummary& object) {
    return object.organizer ? std::optional(object.organizer->address) : std::nullopt;
}

/// Programs concatenate files.
void drop_repeated(Group& group, Dropped& dropped) {
    std::set<std::string> contents;
    std::erase_if(group.components, [&](const Component& component) {
        const bool is_new = contents.insert(content_of(component)).second;
        if (!is_new) dropped.add(Dropped::What::component, component.line, component.name);
        return !is_new;
    });
}

Expected<ItipMessage> message_of(Group group, Method method, const Component& frame, const PartReading& reading,
                                 MostCopied& most) {
    ItipMessage message;
    message.method = method;
    message.component = group.components.front().name;
    message.uid = group.uid;
    if (auto fine = take_parties_of_master(group.components, most); !fine) return tl::unexpected(fine.error());
    std::set<Instance> instances;
    for (Component& component : group.components) {
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
                             "differs from an earlier component of this UID");
    }
    Component calendar = frame;
    std::ranges::move(group.components, std::back_inserter(calendar.components));
    message.hazards = find_hazards(calendar, reading.hazards, reading.effort);
    message.content = write_document(calendar);
    return message;
}

/// Writes what a component means as RFC 5545 asks for it, and checks that it can be known.
Expected<void> settle(Component& component, Method method, const std::set<std::string>& zones,
                      std::optional<std::int64_t> sent, Dropped& dropped) {
    if (brings_event(method))
        if (auto fine = check_duration(component); !fine) return fine;
    // Such a CANCEL takes its ATTENDEEs off the event (RFC 5546 3.2.5), and without them all of it.
    const bool uninvites = method == Method::cancel && !base::same_word(component.value("STATUS"), "CANCELLED");
    if (uninvites && dropped.has(Dropped::What::attendee))
        return refuse(Reason::bad_calendar,
                      fault(component, "has no STATUS:CANCELLED, and an ATTENDEE cannot be read"));
    tidy(component, dropped);
    if (auto fine = settle_dtstamp(component, sent, dropped); !fine) return fine;
    if (auto fine = settle_dates(component); !fine) return fine;
    if (brings_event(method)) {
        if (auto fine = settle_rules(component, method); !fine) return fine;
        return check_zones(component, zones, dropped);
    }
    drop_faulty_rules(component, dropped);
    return method == Method::reply ? settle_answers(component, dropped) : Expected<void>();
}

Expected<void> settle_all(Component& calendar, Method method, std::optional<std::int64_t> sent, Dropped& dropped) {
    std::set<std::string> zones;
    for (const Component& component : calendar.components)
        if (const std::string name = zone_name(component); !name.empty()) zones.insert(name);
    for (Component& component : calendar.components)
        if (is_storable(component.name))
            if (auto fine = settle(component, method, zones, sent, dropped); !fine) return fine;
    tidy_carried(calendar, dropped);
    return {};
}

Expected<std::vector<ItipMessage>> messages_of(CalendarText& text, std::optional<std::string_view> method_parameter,
                                               const PartReading& reading) {
    const auto method = common_method(text.calendars, method_parameter);
    if (!method) return tl::unexpected(method.error());
    if (auto fine = settle_zones(text, *method, reading.effort); !fine) return tl::unexpected(fine.error());
    Component calendar = merged(std::move(text.calendars));
    calendar.set("METHOD", std::string(word(*method)));
    const auto renamed = tell_zones_from_system(calendar, reading.effort);
    if (!renamed) return tl::unexpected(renamed.error());
    for (const auto& [line, name] : *renamed)
        text.dropped.add(Dropped::What::renamed, line, name);
    const SenderZones zones(calendar, reading.effort);
    if (zones.trouble()) return tl::unexpected(*zones.trouble());
    if (auto fine = settle_all(calendar, *method, reading.sent, text.dropped); !fine)
        return tl::unexpected(fine.error());
    auto groups = group_by_uid(calendar.components);
    if (!groups) return tl::unexpected(groups.error());
    if (groups->size() > reading.limits.uids)
        return refuse(Reason::too_complex, fmt::format("the message has {} events; 'limits: uids' allows {}",
                                                       groups->size(), reading.limits.uids));

    Component frame{calendar.name, calendar.properties, {}};
    for (const Component& component : calendar.components)
        if (component.name == "VTIMEZONE") frame.components.push_back(stored_part(component));
    if (write_document(frame).size() > most_copies * reading.limits.bytes / groups->size())
        return refuse(Reason::too_complex, "the time zones are too large for this number of UIDs");

    std::vector<ItipMessage> messages;
    MostCopied most = copied_in_message;
    for (Group& group : *groups) {
        drop_repeated(group, text.dropped);
        auto message = message_of(std::move(group), *method, frame, reading, most);
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
    auto messages = messages_of(*read, method_parameter, reading);
    const std::string dropped = read->dropped.sentence();
    if (!messages) {
        if (!dropped.empty()) messages.error().detail += "; " + dropped;
        return messages;
    }
    for (ItipMessage& message : *messages)
        message.dropped = dropped;
    return messages;
}

}  // namespace calendar::itip
