#include "calendar/itip/apply/cancel/cancel_instances.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/cancel/cancel_event.h"
#include "calendar/itip/apply/cancel/cancelled_component.h"
#include "calendar/itip/apply/component_outcome.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/time/derive.h"
#include "calendar/itip/time/timeline.h"

namespace calendar::itip {

namespace {

/// The series while its instances are cancelled, one after the other.
class InstanceCancellation {
  public:
    explicit InstanceCancellation(ApplyContext& context)
        : context_(context),
          series_(*context.stored),
          timeline_(context.timeline(series_)),
          reader_(timeline_.reader()) {}

    /// Kind `removed`: nothing of the event would be left, so that it is cancelled as a whole.
    ComponentOutcome cancel(const Component& cancel) {
        const Property& recurrence_id = *cancel.find("RECURRENCE-ID");
        const auto at = reader_.read(recurrence_id);
        if (!at) return component_refused(Reason::bad_recurrence_id, "the RECURRENCE-ID is not a date");
        if (recurrence_id.parameter("RANGE")) return cancel_from_then_on(*at, cancel);
        const auto place = timeline_.overrides().find(*at);
        return place ? cancel_override(*place, cancel) : cancel_without_override(*at, cancel);
    }

    const Series& series() const noexcept { return series_; }

    bool none_left() const {
        if (!std::ranges::all_of(series_.overrides, cancelled)) return false;
        if (!series_.master || cancelled(*series_.master)) return true;
        bool left = false;
        const Recurrence recurrence(*series_.master, context_.effort, context_.input.home);
        const auto searched = recurrence.each([&](const Instance& instance) {
            left = !cancelled(*governing(series_, timeline_.overrides(), instance));
            return left ? Recurrence::Next::none : Recurrence::Next::instance;
        });
        return searched.whole && !left;
    }

  private:
    static ComponentOutcome done(const Component& cancel) {
        return {Outcome::Kind::updated, cancel_reason(cancel, Reason::cancelled_instance), {}};
    }
    static ComponentOutcome whole_event() { return {Outcome::Kind::removed, Reason::cancelled_event, {}}; }

    /// Keeps that it was cancelled, also when the calendar already says so: another program may have written it there.
    /// Unless a newer cancellation is kept.
    void remember(const Component& cancel, std::string recurrence_id) {
        const ReplyMark* const known = context_.marks.find({}, recurrence_id);
        if (known != nullptr && older(order(version_of(cancel), version_of(*known)))) return;
        context_.marks.keep(mark_of(cancel, {}, std::move(recurrence_id)));
    }

    ComponentOutcome cancel_override(std::size_t place, const Component& cancel) {
        Component known = series_.overrides[place];
        if (auto why = outdated(cancel, known)) return component_unchanged(std::move(*why));
        const std::string id = known.value("RECURRENCE-ID");
        const bool of_others = uninvites_others(context_, cancel);
        if (of_others && remove_attendees(known, attendees_of(cancel)) == 0)
            return component_unchanged(Reason::duplicate, "the uninvited attendees are not in the instance any more");
        if (!of_others && cancelled_by(known, cancel)) {
            remember(cancel, id);
            return component_unchanged(Reason::duplicate, "the instance is already cancelled");
        }
        if (!of_others) mark_cancelled(known, cancel);
        if (auto replaced = timeline_.replace(place, std::move(known)); !replaced)
            return component_refused(replaced.error());
        if (!of_others) remember(cancel, id);
        return done(cancel);
    }

    /// Is this the only instance of an event that does not repeat?
    bool is_only_instance(const Instance& at) const {
        const Component& master = *series_.master;
        if (master.find("RRULE") != nullptr || master.find("RDATE") != nullptr || !series_.overrides.empty())
            return false;
        InstanceIndex only;
        if (const Property* const start = master.find("DTSTART"))
            if (const auto first = reader_.read(*start)) only.add(*first, 0);
        return only.find(at).has_value();
    }

    ComponentOutcome cancel_without_override(const Instance& at, const Component& cancel) {
        if (!series_.master) return component_refused(Reason::unknown_instance, "the calendar has no such instance");
        if (is_only_instance(at)) return whole_event();
        if (auto why = outdated(cancel, *series_.master)) return component_unchanged(std::move(*why));
        const Recurrence& recurrence = timeline_.recurrence();
        const auto time = recurrence.find(at);
        const bool of_others = uninvites_others(context_, cancel);
        if (recurrence.excluded(at)) {
            if (time && !of_others) remember(cancel, recurrence.at("RECURRENCE-ID", *time).value);
            return component_unchanged(Reason::duplicate, "the instance is already excluded");
        }
        if (!time) return component_refused(Reason::unknown_instance, "the series has no such instance");
        return of_others ? uninvite_from(*time, cancel) : exclude(*time, cancel);
    }

    ComponentOutcome uninvite_from(LocalTime time, const Component& cancel) {
        auto derived = timeline_.derived(time);
        if (!derived) return component_refused(derived.error());
        if (remove_attendees(*derived, attendees_of(cancel)) == 0)
            return component_unchanged(Reason::duplicate, "the uninvited attendees are not in the instance");
        timeline_.add(std::move(*derived));
        return done(cancel);
    }

    /// By EXDATE or by a cancelled override, as the option says.
    ComponentOutcome exclude(LocalTime time, const Component& cancel) {
        const Recurrence& recurrence = timeline_.recurrence();
        switch (context_.input.options.cancelled_instance) {
            case Options::CancelledInstance::exdate:
                series_.master->properties.push_back(recurrence.at("EXDATE", time));
                break;
            case Options::CancelledInstance::mark: {
                auto derived = timeline_.derived(time);
                if (!derived) return component_refused(derived.error());
                mark_cancelled(*derived, cancel);
                timeline_.add(std::move(*derived));
                break;
            }
        }
        remember(cancel, recurrence.at("RECURRENCE-ID", time).value);
        return done(cancel);
    }

    /// RANGE=THISANDFUTURE: the series ends before this instance.
    ComponentOutcome cancel_from_then_on(const Instance& at, const Component& cancel) {
        if (!series_.master)
            return component_refused(Reason::bad_recurrence_id,
                                     "RANGE=THISANDFUTURE needs the series, which is not known");
        if (auto why = outdated(cancel, *series_.master)) return component_unchanged(std::move(*why));
        if (cancelled_by(*series_.master, cancel))
            return component_unchanged(Reason::duplicate, "the event is already cancelled");
        if (uninvites_others(context_, cancel))
            return component_refused(Reason::bad_recurrence_id,
                                     "attendees other than the recipient cannot be uninvited from an instance on");
        if (!context_.effort.spend(effort_from_then_on()))
            return component_refused(Reason::too_complex, "the message ends the series too often");
        const Recurrence& recurrence = timeline_.recurrence();
        const auto time = recurrence.find(at);
        if (!time && ended_before(at))
            return component_unchanged(Reason::duplicate, "the series already ends before this instance");
        if (!time) return component_refused(Reason::unknown_instance, "the series has no such instance");
        const Instance first = recurrence.instance(*time);
        if (recurrence.is_first(first)) return whole_event();
        end_before(*series_.master, recurrence, first, reader_);
        for (std::size_t place = 0; place < series_.overrides.size(); ++place) {
            const auto& there = timeline_.overrides().instance(place);
            if (there && there->seconds >= first.seconds && !outdated(cancel, series_.overrides[place]))
                mark_cancelled(series_.overrides[place], cancel);
        }
        remember(cancel, range_mark(recurrence.at("RECURRENCE-ID", *time).value));
        return done(cancel);
    }

    /// Every mark, every date of the series and every override may be looked at.
    std::size_t effort_from_then_on() const {
        constexpr std::size_t shortest_date = 8;  // bytes
        std::size_t effort = context_.marks.all().size();
        for (const Property& property : series_.master->properties)
            effort += 1 + (property.is("RDATE") || property.is("EXDATE") ? property.value.size() / shortest_date : 0);
        for (const Component& component : series_.overrides)
            effort += component.properties.size();
        return effort;
    }

    /// Was the series ended before this instance by a cancellation that is kept?
    bool ended_before(const Instance& at) const {
        return std::ranges::any_of(context_.marks.all(), [&](const ReplyMark& mark) {
            const auto there = mark.attendee.empty() ? range_start(mark, reader_) : std::nullopt;
            return there && (at.whole_day ? there->day == at.day : there->seconds == at.seconds);
        });
    }

    ApplyContext& context_;
    Series series_;
    Timeline timeline_;  // of the series
    const InstanceReader& reader_;
};

/// What the components of the message did together.
struct CancelledInstances {
    const Component* whole_by = nullptr;         // the last that cancels the whole event
    std::optional<Reason> done;                  // of the last that changed something
    bool for_recipient = false;                  // something is cancelled for the recipient, not for others only
    std::optional<ComponentOutcome> first_left;  // of the first that changed nothing
};

/// Errors: too_complex, and then the message cancels nothing.
Expected<CancelledInstances> cancel_each(InstanceCancellation& cancellation, const ApplyContext& context) {
    CancelledInstances all;
    for (const Component& cancel : context.message.overrides) {
        ComponentOutcome outcome = cancellation.cancel(cancel);
        if (outcome.updated()) {
            all.done = outcome.reason;
            all.for_recipient = all.for_recipient || (uninvites(cancel) && !uninvites_others(context, cancel));
        } else if (outcome.kind == Outcome::Kind::removed) {
            all.whole_by = &cancel;
        } else if (outcome.refused() && outcome.reason == Reason::too_complex) {
            return refuse(outcome.reason, std::move(outcome.detail));
        } else if (!all.first_left) {
            all.first_left = std::move(outcome);
        }
    }
    return all;
}

}  // namespace

Outcome cancel_instances(ApplyContext& context) {
    InstanceCancellation cancellation(context);
    const auto done = cancel_each(cancellation, context);
    if (!done) return refused(context.input, done.error());
    const CancelledInstances& all = *done;
    if (all.whole_by != nullptr) return cancel_event(context, cancellation.series(), *all.whole_by);
    if (!all.done && all.first_left->refused())
        return refused(context.input, {all.first_left->reason, all.first_left->detail});
    if (!all.done) return unchanged(context, all.first_left->reason, all.first_left->detail);
    const bool was_cancelled = context.stored->master && cancelled(*context.stored->master);
    const bool ends_for_recipient = *all.done != Reason::uninvited || all.for_recipient;
    Series series = cancellation.series();
    if (was_cancelled || !ends_for_recipient || !cancellation.none_left())
        return stored_as(context, Outcome::Kind::updated, *all.done,
                         fmt::format("{}: instances were cancelled", context.message.uid), std::move(series));
    const Component& cancel = context.message.overrides.front();
    if (series.master) mark_cancelled(*series.master, cancel);
    return store_cancelled(context, std::move(series), cancel,
                           *all.done == Reason::uninvited ? Reason::uninvited : Reason::cancelled_event);
}

}  // namespace calendar::itip
