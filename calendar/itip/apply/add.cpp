#include "calendar/itip/apply/add.h"

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/own_things.h"
#include "calendar/itip/apply/request.h"
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
Outcome add_date(Case& the_case) {
    Series result = *the_case.stored;
    if (!result.master)
        return refused(the_case.input, {Reason::unknown_instance, "the calendar has instances of it, but no series"});
    Component& master = *result.master;
    const Component& fresh = *the_case.message.master;
    if (auto why = outdated(fresh, master)) return unchanged(the_case, why->reason, why->detail);
    const InstanceReader reader = the_case.instances();
    const Property* const start = fresh.find("DTSTART");
    const auto at = start == nullptr ? std::nullopt : reader.read(*start);
    if (!at) return refused(the_case.input, {Reason::bad_recurrence_id, "an ADD needs a DTSTART"});

    const Property* const first = master.find("DTSTART");
    const auto first_at = first == nullptr ? std::nullopt : reader.read(*first);
    if (first_at && first_at->date != at->date)
        return refused(the_case.input,
                       {Reason::bad_recurrence_id, "a time cannot be added to days, nor a day to times"});

    Property date = *start;
    date.name = "RDATE";
    {
        const Recurrence before(master, the_case.effort, the_case.input.home);
        if ((before.find(*at) && !before.excluded(*at)) || the_case.stored_overrides(reader).find(*at))
            return unchanged(the_case, Reason::duplicate, "the series has this instance already");
        InstanceIndex again;
        again.add(*at, 0);
        include_again(master, again, reader);
        if (!before.find(*at)) master.properties.push_back(std::move(date));
    }
    Timeline timeline(result, the_case);
    const auto time = timeline.recurrence().find(*at);
    if (!time) return refused(the_case.input, {Reason::bad_recurrence_id, "the DTSTART does not fit the series"});
    const auto without_override = timeline.derived(*time);
    if (!without_override) return refused(the_case.input, without_override.error());

    Component instance = fresh;
    clean(instance, the_case.input.options.strip_alarms);
    keep_own_things(instance, *without_override);
    keep_own_answer(instance, *without_override, the_case.input.recipient, the_case.input.envelope_recipient);
    put_schedule_agent(instance, &*without_override, the_case.input.schedule_agent);
    instance.properties.push_back(timeline.recurrence().at("RECURRENCE-ID", *time));
    if (!same_content(without_version(instance), without_version(*without_override))) timeline.add(std::move(instance));
    master.set("SEQUENCE", std::to_string(version_of(fresh).sequence));
    master.set("DTSTAMP", fresh.value("DTSTAMP"));
    return stored_as(the_case, Outcome::Kind::updated, Reason::new_instance,
                     fmt::format("{} has one more instance", the_case.message.uid), result);
}

}  // namespace

Outcome apply_add(Case& the_case) {
    if (!the_case.stored) return refused(the_case.input, {Reason::unknown_event, "there is no event to add to"});
    const auto& master = the_case.stored->master;
    if (master && cancelled(*master)) {
        if (auto why = outdated(*the_case.message.front(), *master))
            return unchanged(the_case, why->reason, why->detail);
        return unchanged(the_case, Reason::cancelled_event, "the event is cancelled");
    }
    return the_case.message.master ? add_date(the_case) : apply_request(the_case);
}

}  // namespace calendar::itip
