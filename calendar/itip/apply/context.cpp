#include "calendar/itip/apply/context.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/personal_properties.h"
#include "calendar/itip/apply/recipient_uris.h"
#include "calendar/itip/read/calendar_text.h"
#include "calendar/itip/read/normal_form/complete.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/read/summary.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/zone/word_zones.h"
#include "calendar/itip/time/zone/zones.h"

namespace calendar::itip {

namespace {

/// Refuses a component whose UID cannot be read: it may be of this event, and would stay beside what the message makes
/// of it.
Expected<std::vector<Component>> with_readable_uids(std::vector<Component> calendars) {
    for (const Component& calendar : calendars)
        for (const Component& component : calendar.components)
            if (const Property* const uid = component.find("UID"); uid != nullptr && base::trimmed(uid->value).empty())
                return refuse(Reason::bad_calendar, fault(component, *uid, "cannot be read"));
    return calendars;
}

Expected<Series> read_stored(const std::string& text, std::string_view uid, std::optional<Component>& of_made_up) {
    std::vector<Component> made_up;
    auto calendars = read_stored_text(text, stored_limits, &made_up).and_then(with_readable_uids);
    auto series = calendars ? series_of(std::move(*calendars), uid) : tl::unexpected(std::move(calendars.error()));
    if (!series) return refuse(Reason::bad_calendar, "the event in the calendar: " + series.error().detail);
    // Where that would make the event much larger, its instances stay as they are.
    constexpr CalendarLimits room;
    MostCopied most{.lines = room.properties, .bytes = room.bytes};
    if (series->master && text.size() <= room.bytes)
        static_cast<void>(take_parties(*series->master, series->overrides, most));
    for (const Component& master : made_up)
        if (uid_text(master.value("UID")) == uid) of_made_up = own_part(master);
    if (of_made_up && write_document(*of_made_up).size() <= room.bytes / (1 + series->overrides.size()))
        for (Component& instance : series->overrides)
            inherit_own_part(instance, *of_made_up);
    return series;
}

/// An answer does not make what is stored grow beyond what answers may, but may change what is larger anyway.
const CalendarLimits& bounds_of_result(const ApplyContext& context) {
    const bool is_answer = context.method == Method::reply && read_stored_text(*context.input.stored, answered_limits);
    return is_answer ? answered_limits : stored_limits;
}

/// The stored organizer decides.
Marks counting_marks(const ApplyContext& context) {
    const auto* organizer = Conversation::organizer(context.stored_parts);
    if (organizer == nullptr) organizer = Conversation::organizer(context.message_parts);
    return Marks(context.input.marks, organizer != nullptr ? std::optional(organizer->address) : std::nullopt,
                 context.input.options.organizer_change == Options::OrganizerChange::same_domain);
}

bool uses_zone(const Series& series, std::string_view tzid) {
    bool found = false;
    series.each([&](const Component& component) {
        found = found || std::ranges::any_of(component.properties, [&](const Property& property) {
                    return property.parameter("TZID") == tzid;
                });
    });
    return found;
}

}  // namespace

bool ApplyContext::organizer_sends() const {
    const Series& known = stored && stored->organizer() != nullptr ? *stored : message;
    return !input.sender || input.sender == address_of(known.organizer());
}

InstanceReader ApplyContext::instances() const {
    const Series& series = stored && stored->master ? *stored : message;
    return InstanceReader(series.master ? series.master->find("DTSTART") : nullptr, input.home);
}

Timeline ApplyContext::timeline(Series& series) {
    return Timeline(series, instances(), effort, input.home);
}

Overrides ApplyContext::stored_overrides(const InstanceReader& reader) const {
    return stored ? Overrides(*stored, reader) : Overrides();
}

Expected<ApplyContext> open_context(const ApplyInput& input) {
    auto calendars = read_content(input.message);
    if (!calendars) return tl::unexpected(std::move(calendars.error()));
    // An earlier build, which wrote the message, read such a zone as the system's.
    Effort effort{Effort::of_an_application};
    for (Component& calendar : *calendars)
        if (const auto renamed = tell_zones_from_system(calendar, effort); !renamed)
            return tl::unexpected(renamed.error());
    auto message = series_of(std::move(*calendars), std::nullopt);
    if (!message) return tl::unexpected(message.error());
    const std::string method_word = message->calendar.value("METHOD");
    if (method_word.empty()) return refuse(Reason::not_itip, "the calendar part has no METHOD");
    const auto method = method_of(method_word);
    if (!method) return refuse(Reason::unsupported_method, fmt::format("unknown METHOD {}", method_word));
    if (message->uid.empty()) return refuse(Reason::missing_uid, "no component has a UID");
    if (message->kind == "VFREEBUSY") return refuse(Reason::unsupported_method, "VFREEBUSY is not supported");

    ApplyContext context{.input = input,
                         .method = *method,
                         .message = std::move(*message),
                         .stored = std::nullopt,
                         .marks = Marks({}, std::nullopt, false),
                         .message_parts = {},
                         .stored_parts = {},
                         .effort = effort};
    context.message_parts = summaries(context.message);
    if (!input.stored) {
        context.marks = counting_marks(context);
        return context;
    }
    auto stored = read_stored(*input.stored, context.message.uid, context.of_made_up);
    if (!stored) return tl::unexpected(stored.error());
    if (stored->kind.empty()) {
        const bool makes_events = *method == Method::request || *method == Method::publish;
        return refuse(makes_events ? Reason::bad_calendar : Reason::unknown_event,
                      "the stored object has another UID than the message: " + context.message.uid);
    }
    context.stored = std::move(*stored);
    // One spelling in one object: not every program reads escapes.
    const std::string spelled = context.stored->front()->value("UID");
    context.message.each([&](Component& component) { component.set("UID", spelled); });
    recognize_recipient(*context.stored, context.message, input);
    context.stored_parts = summaries(*context.stored);
    context.marks = counting_marks(context);
    return context;
}

Outcome refused(const ApplyInput& input, Refusal why) {
    return {.kind = Outcome::Kind::refused,
            .reason = why.reason,
            .detail = std::move(why.detail),
            .object = input.stored,
            .marks = input.marks};
}

Outcome unchanged(const ApplyContext& context, Reason reason, std::string detail) {
    return {.kind = Outcome::Kind::unchanged,
            .reason = reason,
            .detail = std::move(detail),
            .object = context.input.stored,
            .marks = context.marks.to_keep()};
}

Outcome stored_as(const ApplyContext& context, Outcome::Kind kind, Reason reason, std::string detail, Series series) {
    const Component& theirs = context.message.calendar;
    const Component& ours = context.stored ? context.stored->calendar : theirs;
    const bool replaces = context.method == Method::request || context.method == Method::publish;
    const bool theirs_first = replaces && context.message.master.has_value();
    // An answer brings no times: what it means by a zone is not the event's.
    const Component& second = context.method == Method::reply ? ours : theirs;
    const auto missing = keep_zones(series, theirs_first ? theirs : ours, theirs_first ? ours : second);
    const bool brings_times = context.method != Method::reply && context.method != Method::cancel;
    for (const std::string& tzid : missing)
        if (brings_times && uses_zone(context.message, tzid))
            return refused(context.input,
                           {Reason::bad_calendar, fmt::format("unknown TZID {} without VTIMEZONE", tzid)});
    std::string text = write_series(series);
    // What could not be read again next time must not get into the calendar.
    if (const auto again = read_stored_text(text, bounds_of_result(context)); !again)
        return refused(context.input,
                       {again.error().reason, "the changed event would not be valid: " + again.error().detail});
    return {.kind = kind,
            .reason = reason,
            .detail = std::move(detail),
            .object = std::move(text),
            .marks = context.marks.to_keep()};
}

Outcome removed(const ApplyContext& context, Reason reason, std::string detail) {
    return {.kind = Outcome::Kind::removed,
            .reason = reason,
            .detail = std::move(detail),
            .object = std::nullopt,
            .marks = context.marks.to_keep()};
}

std::optional<Refusal> outdated(const Component& message, const Component& known) {
    switch (order(version_of(message), version_of(known))) {
        case Order::older_sequence:
            return Refusal{Reason::stale_sequence,
                           fmt::format("the message has SEQUENCE {}, the calendar has {}", version_of(message).sequence,
                                       version_of(known).sequence)};
        case Order::older_stamp:
            return Refusal{Reason::stale_dtstamp, fmt::format("the message has DTSTAMP {}, the calendar has {}",
                                                              message.value("DTSTAMP"), known.value("DTSTAMP"))};
        case Order::same:
        case Order::newer_stamp:
        case Order::newer_sequence:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace calendar::itip
