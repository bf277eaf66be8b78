#include "calendar/itip/apply/cancel/cancel_event.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/cancel/cancelled_component.h"
#include "calendar/itip/apply/precedence.h"

namespace calendar::itip {

namespace {

/// A CANCEL against what the calendar has: the master, or each instance where there is no master.
struct CancelComparison {
    std::optional<Refusal> stale;  // why it does not count for one of them
    bool counts = false;           // for any
    bool repeated = true;          // all for which it counts say so already
};

CancelComparison compare(const Series& series, const Component& cancel) {
    CancelComparison comparison;
    const auto look_at = [&](const Component& known) {
        if (auto why = outdated(cancel, known)) {
            comparison.stale = std::move(why);
            return;
        }
        comparison.counts = true;
        comparison.repeated = comparison.repeated && cancelled_by(known, cancel);
    };
    if (series.master)
        look_at(*series.master);
    else
        std::ranges::for_each(series.overrides, look_at);
    return comparison;
}

Outcome uninvite(ApplyContext& context, Series series, const Component& cancel) {
    const Addresses uninvited = attendees_of(cancel);
    std::size_t count = 0;
    series.each([&](Component& component) { count += remove_attendees(component, uninvited); });
    if (count == 0)
        return unchanged(context, Reason::duplicate, "the uninvited attendees are not in the calendar any more");
    return stored_as(context, Outcome::Kind::updated, Reason::uninvited,
                     fmt::format("{}: attendees were uninvited", context.message.uid), std::move(series));
}

}  // namespace

Outcome store_cancelled(ApplyContext& context, Series series, const Component& cancel, Reason reason) {
    const std::string detail = fmt::format("{}: the event is cancelled", context.message.uid);
    switch (context.input.options.cancelled) {
        case Options::Cancelled::mark:
            remember_cancellation(context, cancel);
            return stored_as(context, Outcome::Kind::updated, reason, detail, std::move(series));
        case Options::Cancelled::remove:
            remember_removal(context, cancel);
            return removed(context, reason == Reason::uninvited ? reason : Reason::removed_event, detail);
    }
    return {};
}

Outcome cancel_event(ApplyContext& context, Series series, const Component& cancel) {
    const CancelComparison comparison = compare(series, cancel);
    if (!comparison.counts) return unchanged(context, comparison.stale->reason, comparison.stale->detail);
    if (uninvites_others(context, cancel)) return uninvite(context, std::move(series), cancel);
    const bool remove = context.input.options.cancelled == Options::Cancelled::remove;
    if (comparison.repeated && !remove) {
        if (!comparison.stale) remember_cancellation(context, cancel);  // another program may have written it there
        return unchanged(context, Reason::duplicate, "the event is already cancelled");
    }
    series.each([&](Component& component) {
        if (series.master || !outdated(cancel, component)) mark_cancelled(component, cancel);
    });
    if (series.master || std::ranges::all_of(series.overrides, cancelled))
        return store_cancelled(context, std::move(series), cancel, cancel_reason(cancel, Reason::cancelled_event));
    if (comparison.repeated)
        return unchanged(context, Reason::duplicate, "all but later instances are already cancelled");
    return stored_as(context, Outcome::Kind::updated, Reason::cancelled_instance,
                     fmt::format("{}: all but later instances were cancelled", context.message.uid), std::move(series));
}

}  // namespace calendar::itip
