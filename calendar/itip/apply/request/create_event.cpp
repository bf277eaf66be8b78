#include "calendar/itip/apply/request/create_event.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/personal_properties.h"
#include "calendar/itip/time/overrides.h"
#include "calendar/itip/time/recurrence.h"

namespace calendar::itip {

namespace {

/// Names the instances as the series does. False when two overrides are for one instance.
bool name_all_as_series(Series& series, ApplyContext& context) {
    const InstanceReader reader(series.master ? series.master->find("DTSTART") : nullptr, context.input.home);
    std::optional<Recurrence> recurrence;
    if (series.master) recurrence.emplace(*series.master, context.effort, context.input.home);
    InstanceIndex named;
    for (std::size_t place = 0; place < series.overrides.size(); ++place) {
        Component& one = series.overrides[place];
        const auto instance = reader.read(*one.find("RECURRENCE-ID"));
        if (!instance) continue;
        if (named.find(*instance)) return false;
        named.add(*instance, place);
        if (recurrence) name_as_series(one, *instance, *recurrence);
    }
    return true;
}

}  // namespace

Outcome create_event(ApplyContext& context) {
    // An event that was cancelled, and then removed by that or by its owner: only a higher SEQUENCE brings it back.
    if (const ReplyMark* const mark = context.marks.find({}, {})) {
        const auto detail =
            fmt::format("the event was cancelled with SEQUENCE {} and DTSTAMP {}", mark->sequence, mark->dtstamp);
        switch (order(version_of(*context.message.front()), version_of(*mark))) {
            case Order::older_sequence:
                return unchanged(context, Reason::stale_sequence, detail);
            case Order::older_stamp:
                return unchanged(context, Reason::stale_dtstamp, detail);
            case Order::same:
            case Order::newer_stamp:
                return unchanged(context, Reason::cancelled_event, detail);
            case Order::newer_sequence:
                break;
        }
        context.marks.revive({});
    }
    Series series = context.message;
    if (!series.master && std::ranges::any_of(series.overrides, has_range))
        return refused(context.input,
                       {Reason::bad_recurrence_id, "RANGE=THISANDFUTURE needs the series, which is not known"});
    if (!name_all_as_series(series, context))
        return refused(context.input, {Reason::bad_recurrence_id, "two components are for the same instance"});
    remove_unwanted(series.calendar, context.input.options);
    series.each([&](Component& component) {
        remove_unwanted(component, context.input.options);
        put_schedule_agent(component, nullptr, context.input.schedule_agent);
    });
    return stored_as(context, Outcome::Kind::created, Reason::new_event, fmt::format("{} is new", series.uid), series);
}

}  // namespace calendar::itip
