#include "calendar/itip/apply/create_event.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/own_things.h"
#include "calendar/itip/time/overrides.h"
#include "calendar/itip/time/recurrence.h"

namespace calendar::itip {

namespace {

/// Names the instances as the series does. False when two overrides are for one instance.
bool name_all_as_series(Series& series, Case& the_case) {
    const InstanceReader reader(series.master ? series.master->find("DTSTART") : nullptr, the_case.input.home);
    std::optional<Recurrence> recurrence;
    if (series.master) recurrence.emplace(*series.master, the_case.effort, the_case.input.home);
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

Outcome create_event(Case& the_case) {
    // An event that was cancelled and removed: only a higher SEQUENCE brings it back.
    if (const ReplyMark* const mark = the_case.marks.find({}, {})) {
        const auto detail =
            fmt::format("the event was cancelled with SEQUENCE {} and DTSTAMP {}", mark->sequence, mark->dtstamp);
        switch (order(version_of(*the_case.message.front()), version_of(*mark))) {
            case Order::older_sequence:
                return unchanged(the_case, Reason::stale_sequence, detail);
            case Order::older_stamp:
                return unchanged(the_case, Reason::stale_dtstamp, detail);
            case Order::same:
            case Order::newer_stamp:
                return unchanged(the_case, Reason::cancelled_event, detail);
            case Order::newer_sequence:
                break;
        }
        the_case.marks.revive({});
    }
    Series series = the_case.message;
    if (!series.master && std::ranges::any_of(series.overrides, has_range))
        return refused(the_case.input,
                       {Reason::bad_recurrence_id, "RANGE=THISANDFUTURE needs the series, which is not known"});
    if (!name_all_as_series(series, the_case))
        return refused(the_case.input, {Reason::bad_recurrence_id, "two components are for the same instance"});
    series.calendar.remove("X-LIC-ERROR");
    series.each([&](Component& component) {
        clean(component, the_case.input.options.strip_alarms);
        put_schedule_agent(component, nullptr, the_case.input.schedule_agent);
    });
    return stored_as(the_case, Outcome::Kind::created, Reason::new_event, fmt::format("{} is new", series.uid), series);
}

}  // namespace calendar::itip
