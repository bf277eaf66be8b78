#include "calendar/itip/apply/context.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/calendar_text.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/time/zones.h"

namespace calendar::itip {

namespace {

Expected<Series> read_stored(const std::string& text, std::string_view uid) {
    auto calendars = read_stored_text(text);
    auto series = calendars ? series_of(std::move(*calendars), uid) : tl::unexpected(std::move(calendars.error()));
    if (!series) return refuse(Reason::bad_calendar, "the event in the calendar: " + series.error().detail);
    return series;
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

bool ApplyContext::recipient_is(const std::optional<Address>& address) const noexcept {
    return address && (contains(input.recipient, *address) || input.envelope_recipient == address);
}

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
                         .marks = Marks(input.marks)};
    if (!input.stored) return context;
    auto stored = read_stored(*input.stored, context.message.uid);
    if (!stored) return tl::unexpected(stored.error());
    if (stored->kind.empty()) {
        const bool makes_events = *method == Method::request || *method == Method::publish;
        return refuse(makes_events ? Reason::bad_calendar : Reason::unknown_event,
                      "the stored object has another UID than the message: " + context.message.uid);
    }
    context.stored = std::move(*stored);
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
            .marks = context.marks.all()};
}

Outcome stored_as(const ApplyContext& context, Outcome::Kind kind, Reason reason, std::string detail, Series series) {
    const Component& theirs = context.message.calendar;
    const Component& ours = context.stored ? context.stored->calendar : theirs;
    const bool replaces = context.method == Method::request || context.method == Method::publish;
    const bool theirs_first = replaces && context.message.master.has_value();
    const auto missing = keep_zones(series, theirs_first ? theirs : ours, theirs_first ? ours : theirs);
    const bool brings_times = context.method != Method::reply && context.method != Method::cancel;
    for (const std::string& tzid : missing)
        if (brings_times && uses_zone(context.message, tzid))
            return refused(context.input,
                           {Reason::bad_calendar, fmt::format("unknown TZID {} without VTIMEZONE", tzid)});
    std::string text = write_series(series);
    // What could not be read again next time must not get into the calendar.
    if (const auto again = read_stored_text(text); !again)
        return refused(context.input,
                       {again.error().reason, "the changed event would not be valid: " + again.error().detail});
    return {.kind = kind,
            .reason = reason,
            .detail = std::move(detail),
            .object = std::move(text),
            .marks = context.marks.all()};
}

Outcome removed(const ApplyContext& context, Reason reason, std::string detail) {
    return {.kind = Outcome::Kind::removed,
            .reason = reason,
            .detail = std::move(detail),
            .object = std::nullopt,
            .marks = context.marks.all()};
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
