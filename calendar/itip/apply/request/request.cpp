#include "calendar/itip/apply/request/request.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/request/create_event.h"
#include "calendar/itip/apply/request/update_comparison.h"
#include "calendar/itip/apply/request/update_plan.h"
#include "calendar/itip/apply/request/updated_series.h"
#include "calendar/itip/read/parties.h"

namespace calendar::itip {

namespace {

Reason reason_of(const UpdateComparison& comparison) {
    if (comparison.new_master) return Reason::changed_event;
    const bool changes =
        std::ranges::any_of(comparison.taken, [](const auto& taken) { return taken.replaces.has_value(); });
    return changes ? Reason::changed_instance : Reason::new_instance;
}

/// The organizer's new version of a stored object: compare, plan, write.
Outcome update_event(ApplyContext& context) {
    const EventVersions versions(context);
    if (!versions.stored.master && !versions.message.master &&
        std::ranges::any_of(versions.message.overrides, has_range))
        return refused(context.input,
                       {Reason::bad_recurrence_id, "RANGE=THISANDFUTURE needs the series, which is not known"});
    const auto comparison = compare_versions(versions);
    if (!comparison) return refused(context.input, comparison.error());
    if (!comparison->new_master && comparison->taken.empty())
        return unchanged(context, comparison->left_alone->reason, comparison->left_alone->detail);
    auto result = updated_series(versions, *comparison, plan_update(versions, *comparison));
    if (!result) return refused(context.input, result.error());

    context.marks = comparison->marks;
    if (!context.revived && same_content(*result, versions.stored))
        return unchanged(context, Reason::duplicate, "the calendar already has this version");
    return stored_as(context, Outcome::Kind::updated, reason_of(*comparison),
                     fmt::format("{} has a new version with SEQUENCE {}", versions.message.uid,
                                 version_of(*versions.message.front()).sequence),
                     with_organizer_of_message(std::move(*result), context));
}

/// Nobody has answered an event that is new; what the user entered without an organizer is one too.
void ask_recipient(ApplyContext& context) {
    if (context.stored && context.stored->organizer() != nullptr) return;
    context.message.each([&](Component& component) {
        for (Property& line : component.properties) {
            if (!line.is("ATTENDEE") || partstat(line) == "NEEDS-ACTION") continue;
            const auto address = address_of(&line);
            if (address && std::ranges::find(context.input.recipient, *address) != context.input.recipient.end())
                line.set_parameter("PARTSTAT", "NEEDS-ACTION");
        }
    });
}

}  // namespace

Outcome apply_request(ApplyContext& context) {
    if (context.input.partstat == Partstat::ask) ask_recipient(context);
    return context.stored ? update_event(context) : create_event(context);
}

}  // namespace calendar::itip
