#include "calendar/itip/apply/add.h"

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/personal_properties.h"
#include "calendar/itip/apply/request/request.h"
#include "calendar/itip/time/timeline.h"

namespace calendar::itip {

namespace {

/// The component less what every instance has of its own anyway.
Series without_version(Component component) {
    for (const auto* const name : {"DTSTAMP", "SEQUENCE", "RECURRENCE-ID", "CREATED", "LAST-MODIFIED"})
        component.remove(name);
    Series series;
    series.master = std::move(component);
    return series;
}

/// Without RECURRENCE-ID: the instance is where its DTSTART says.
Outcome add_date(ApplyContext& context) {
    Series result = *context.stored;
    if (!result.master)
        return refused(context.input,
                       {Reason::unknown_instance, "the calendar has instances of the event, but no series"});
    Component& master = *result.master;
    const Component& fresh = *context.message.master;
    if (auto why = outdated(fresh, master)) return unchanged(context, why->reason, why->detail);
    const InstanceReader reader = context.instances();
    const Property* const start = fresh.find("DTSTART");
    const auto at = start == nullptr ? std::nullopt : reader.read(*start);
    if (!at) return refused(context.input, {Reason::bad_recurrence_id, "DTSTART is missing or not a date"});

    const Property* const first = master.find("DTSTART");
    const auto first_at = first == nullptr ? std::nullopt : reader.read(*first);
    if (first_at && first_at->date != at->date)
        return refused(context.input, {Reason::bad_recurrence_id,
                                       "DTSTART and the DTSTART of the series must both be days or both be times"});

    Property date = *start;
    date.name = "RDATE";
    {
        const Recurrence before(master, context.effort, context.input.home);
        if ((before.find(*at) && !before.excluded(*at)) || context.stored_overrides(reader).find(*at))
            return unchanged(context, Reason::duplicate, "the series already has this instance");
        InstanceIndex again;
        again.add(*at, 0);
        include_again(master, again, reader);
        if (!before.find(*at)) master.properties.push_back(std::move(date));
    }
    Timeline timeline = context.timeline(result);
    const auto time = timeline.recurrence().find(*at);
    if (!time) return refused(context.input, {Reason::bad_recurrence_id, "DTSTART does not fit the series"});
    const auto without_override = timeline.derived(*time);
    if (!without_override) return refused(context.input, without_override.error());

    Component instance = fresh;
    remove_unwanted(instance, context.input.options);
    keep_personal_properties(instance, *without_override);
    keep_own_partstat(instance, *without_override, context.input.recipient, context.input.envelope_recipient);
    put_schedule_agent(instance, &*without_override, context.input.schedule_agent);
    instance.properties.push_back(timeline.recurrence().at("RECURRENCE-ID", *time));
    if (!same_content(without_version(instance), without_version(*without_override))) timeline.add(std::move(instance));
    master.set("SEQUENCE", std::to_string(version_of(fresh).sequence));
    master.set("DTSTAMP", fresh.value("DTSTAMP"));
    return stored_as(context, Outcome::Kind::updated, Reason::new_instance,
                     fmt::format("{} has one more instance", context.message.uid), result);
}

}  // namespace

Outcome apply_add(ApplyContext& context) {
    if (!context.stored) return refused(context.input, {Reason::unknown_event, "there is no event to add to"});
    const auto& master = context.stored->master;
    if (master && cancelled(*master)) {
        if (auto why = outdated(*context.message.front(), *master)) return unchanged(context, why->reason, why->detail);
        return unchanged(context, Reason::cancelled_event, "the event is cancelled");
    }
    return context.message.master ? add_date(context) : apply_request(context);
}

}  // namespace calendar::itip
