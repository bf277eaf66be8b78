#include "calendar/itip/apply/cancel.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/time/derive.h"
#include "calendar/itip/time/timeline.h"

namespace calendar::itip {

namespace {

/// RFC 5546 3.2.5: without STATUS:CANCELLED, the ATTENDEEs of a CANCEL are those whose invitation ends; none listed
/// means all.
bool uninvites(const Component& cancel) {
    return !cancelled(cancel) && cancel.find("ATTENDEE") != nullptr;
}

bool uninvites_recipient(const ApplyContext& context, const Component& cancel) {
    return std::ranges::any_of(cancel.properties, [&](const Property& property) {
        return property.is("ATTENDEE") && context.recipient_is(address_of(&property));
    });
}

void mark_cancelled(Component& component, const Component& cancel) {
    component.set("STATUS", "CANCELLED");
    if (version_of(component).sequence > version_of(cancel).sequence) return;  // an override may be ahead of its master
    component.set("SEQUENCE", std::to_string(version_of(cancel).sequence));
    component.set("DTSTAMP", cancel.value("DTSTAMP"));
}

using Addresses = std::unordered_set<std::string>;

Addresses attendees_of(const Component& cancel) {
    Addresses addresses;
    for (const Property& property : cancel.properties)
        if (const auto address = property.is("ATTENDEE") ? address_of(&property) : std::nullopt)
            addresses.insert(address->text());
    return addresses;
}

/// Were there any?
bool remove_attendees(Component& component, const Addresses& uninvited) {
    return std::erase_if(component.properties, [&](const Property& property) {
               const auto address = property.is("ATTENDEE") ? address_of(&property) : std::nullopt;
               return address && uninvited.contains(address->text());
           }) > 0;
}

class Cancellation {
  public:
    explicit Cancellation(ApplyContext& context)
        : context_(context),
          result_(*context.stored),
          timeline_(context.timeline(result_)),
          reader_(timeline_.reader()) {}

    Outcome outcome() {
        if (context_.message.master) return whole(*context_.message.master);
        for (const Component& cancel : context_.message.overrides)
            if (auto trouble = instance(cancel); trouble && !trouble_) trouble_ = std::move(trouble);
        if (whole_by_) return whole(*whole_by_);
        if (!done_) {
            if (trouble_->kind == Outcome::Kind::unchanged)
                return unchanged(context_, trouble_->why.reason, trouble_->why.detail);
            return refused(context_.input, trouble_->why);
        }
        const bool was_cancelled = context_.stored->master && cancelled(*context_.stored->master);
        if (!was_cancelled && none_alive() && (*done_ != Reason::uninvited || uninvited_recipient_)) {
            const Component& cancel = context_.message.overrides.front();
            if (result_.master) mark_cancelled(*result_.master, cancel);
            return finish(cancel, *done_ == Reason::uninvited ? Reason::uninvited : Reason::cancelled_event);
        }
        return stored_as(context_, Outcome::Kind::updated, *done_, describe("instances were cancelled"), result_);
    }

  private:
    struct Trouble {
        Outcome::Kind kind;
        Refusal why;
    };

    std::string describe(std::string_view what) const { return fmt::format("{}: {}", context_.message.uid, what); }

    /// What a CANCEL without RECURRENCE-ID does, or the CANCEL of the only instance there is.
    Outcome whole(const Component& cancel) {
        const bool leaves_recipient = uninvites(cancel) && !uninvites_recipient(context_, cancel);
        std::optional<Refusal> stale;
        bool current = false;
        bool repeated = true;
        const auto look = [&](const Component& known) {
            if (auto why = outdated(cancel, known)) {
                stale = std::move(why);
                return;
            }
            current = true;
            repeated = repeated && cancelled(known) && order(version_of(cancel), version_of(known)) == Order::same;
        };
        if (result_.master)
            look(*result_.master);
        else
            for (const Component& known : result_.overrides)
                look(known);
        if (!current) return unchanged(context_, stale->reason, stale->detail);

        if (leaves_recipient) {
            const Addresses uninvited = attendees_of(cancel);
            bool any = false;
            result_.each([&](Component& component) { any = remove_attendees(component, uninvited) || any; });
            if (!any) return unchanged(context_, Reason::duplicate, "these are no attendees in the calendar any more");
            return stored_as(context_, Outcome::Kind::updated, Reason::uninvited, describe("attendees were uninvited"),
                             result_);
        }
        const bool remove = context_.input.options.cancelled == Options::Cancelled::remove;
        if (repeated && !remove) return unchanged(context_, Reason::duplicate, "the event is cancelled already");
        result_.each([&](Component& component) {
            if (result_.master || !outdated(cancel, component)) mark_cancelled(component, cancel);
        });
        if (!result_.master && !std::ranges::all_of(result_.overrides, cancelled)) {
            if (repeated)
                return unchanged(context_, Reason::duplicate, "all but later instances are cancelled already");
            return stored_as(context_, Outcome::Kind::updated, Reason::cancelled_instance,
                             describe("all but later instances were cancelled"), result_);
        }
        return finish(cancel, uninvites(cancel) ? Reason::uninvited : Reason::cancelled_event);
    }

    /// Everything is cancelled: stored so, or removed.
    Outcome finish(const Component& cancel, Reason reason) {
        switch (context_.input.options.cancelled) {
            case Options::Cancelled::mark:
                return stored_as(context_, Outcome::Kind::updated, reason, describe("the event is cancelled"), result_);
            case Options::Cancelled::remove:
                context_.marks = Marks({mark_of(cancel, {}, {})});
                return removed(context_, reason == Reason::uninvited ? reason : Reason::removed_event,
                               describe("the event is cancelled"));
        }
        return {};
    }

    /// Cancels one instance in `result_`, or says why not.
    std::optional<Trouble> instance(const Component& cancel) {
        const Property& recurrence_id = *cancel.find("RECURRENCE-ID");
        const auto at = reader_.read(recurrence_id);
        if (!at) return Trouble{Outcome::Kind::refused, {Reason::bad_recurrence_id, "the RECURRENCE-ID is no date"}};
        if (recurrence_id.parameter("RANGE")) return from_then_on(*at, cancel);
        const auto place = timeline_.overrides().find(*at);
        return place ? override_at(*place, cancel) : without_override(*at, cancel);
    }

    /// Keeps that it was cancelled, also when the calendar says so already: the one who wrote it there may not have
    /// come to keep it. Unless a newer cancellation is kept.
    void remember(const Component& cancel, std::string recurrence_id) {
        const ReplyMark* const known = context_.marks.find({}, recurrence_id);
        if (known != nullptr && older(order(version_of(cancel), version_of(*known)))) return;
        context_.marks.keep(mark_of(cancel, {}, std::move(recurrence_id)));
    }

    static Trouble too_much(Refusal why) { return {Outcome::Kind::refused, std::move(why)}; }

    std::optional<Trouble> override_at(std::size_t place, const Component& cancel) {
        Component known = result_.overrides[place];
        if (auto why = outdated(cancel, known)) return Trouble{Outcome::Kind::unchanged, std::move(*why)};
        if (uninvites(cancel) && !uninvites_recipient(context_, cancel)) {
            if (!remove_attendees(known, attendees_of(cancel)))
                return Trouble{Outcome::Kind::unchanged,
                               {Reason::duplicate, "these are no attendees of the instance any more"}};
            if (auto done = timeline_.replace(place, std::move(known)); !done) return too_much(done.error());
            done_ = Reason::uninvited;
            return std::nullopt;
        }
        const std::string id = known.value("RECURRENCE-ID");
        if (cancelled(known) && order(version_of(cancel), version_of(known)) == Order::same) {
            remember(cancel, id);
            return Trouble{Outcome::Kind::unchanged, {Reason::duplicate, "the instance is cancelled already"}};
        }
        mark_cancelled(known, cancel);
        if (auto done = timeline_.replace(place, std::move(known)); !done) return too_much(done.error());
        remember(cancel, id);
        uninvited_recipient_ = uninvited_recipient_ || uninvites(cancel);
        done_ = uninvites(cancel) ? Reason::uninvited : Reason::cancelled_instance;
        return std::nullopt;
    }

    std::optional<Trouble> without_override(const Instance& at, const Component& cancel) {
        if (!result_.master)
            return Trouble{Outcome::Kind::refused, {Reason::unknown_instance, "the calendar has no such instance"}};
        const Component& master = *result_.master;
        const bool recurs = master.find("RRULE") != nullptr || master.find("RDATE") != nullptr;
        InstanceIndex only;
        if (const Property* const start = master.find("DTSTART"))
            if (const auto first = reader_.read(*start)) only.add(*first, 0);
        if (!recurs && result_.overrides.empty() && only.find(at)) {
            whole_by_ = &cancel;
            return std::nullopt;
        }
        if (auto why = outdated(cancel, master)) return Trouble{Outcome::Kind::unchanged, std::move(*why)};
        const Recurrence& recurrence = timeline_.recurrence();
        const auto time = recurrence.find(at);
        const bool of_others = uninvites(cancel) && !uninvites_recipient(context_, cancel);
        if (recurrence.excluded(at)) {
            if (time && !of_others) remember(cancel, recurrence.at("RECURRENCE-ID", *time).value);
            return Trouble{Outcome::Kind::unchanged, {Reason::duplicate, "the instance is excluded already"}};
        }
        if (!time)
            return Trouble{Outcome::Kind::refused, {Reason::unknown_instance, "the series has no such instance"}};
        if (of_others) {
            auto derived = timeline_.derived(*time);
            if (!derived) return too_much(derived.error());
            if (!remove_attendees(*derived, attendees_of(cancel)))
                return Trouble{Outcome::Kind::unchanged, {Reason::duplicate, "these are no attendees of the instance"}};
            timeline_.add(std::move(*derived));
            done_ = Reason::uninvited;
            return std::nullopt;
        }
        switch (context_.input.options.cancelled_instance) {
            case Options::CancelledInstance::exdate:
                result_.master->properties.push_back(recurrence.at("EXDATE", *time));
                break;
            case Options::CancelledInstance::mark: {
                auto derived = timeline_.derived(*time);
                if (!derived) return too_much(derived.error());
                mark_cancelled(*derived, cancel);
                timeline_.add(std::move(*derived));
                break;
            }
        }
        remember(cancel, recurrence.at("RECURRENCE-ID", *time).value);
        uninvited_recipient_ = uninvited_recipient_ || uninvites(cancel);
        done_ = uninvites(cancel) ? Reason::uninvited : Reason::cancelled_instance;
        return std::nullopt;
    }

    /// RANGE=THISANDFUTURE: the series ends before this instance.
    std::optional<Trouble> from_then_on(const Instance& at, const Component& cancel) {
        if (!result_.master)
            return Trouble{Outcome::Kind::refused,
                           {Reason::bad_recurrence_id, "RANGE=THISANDFUTURE needs the series, which is not known"}};
        Component& master = *result_.master;
        if (auto why = outdated(cancel, master)) return Trouble{Outcome::Kind::unchanged, std::move(*why)};
        if (cancelled(master) && order(version_of(cancel), version_of(master)) == Order::same)
            return Trouble{Outcome::Kind::unchanged, {Reason::duplicate, "the event is cancelled already"}};
        if (uninvites(cancel) && !uninvites_recipient(context_, cancel))
            return Trouble{Outcome::Kind::refused,
                           {Reason::bad_recurrence_id, "others cannot be uninvited from an instance on"}};
        const Recurrence& recurrence = timeline_.recurrence();
        const auto time = recurrence.find(at);
        if (!time && cancelled_before(at))
            return Trouble{Outcome::Kind::unchanged, {Reason::duplicate, "the series ends before it already"}};
        if (!time)
            return Trouble{Outcome::Kind::refused, {Reason::unknown_instance, "the series has no such instance"}};
        const Instance first = recurrence.instance(*time);
        if (recurrence.is_first(first)) {
            whole_by_ = &cancel;
            return std::nullopt;
        }
        end_before(master, recurrence, first, reader_);
        for (Component& component : result_.overrides) {
            const auto there = reader_.read(*component.find("RECURRENCE-ID"));
            if (there && there->seconds >= first.seconds && !outdated(cancel, component))
                mark_cancelled(component, cancel);
        }
        remember(cancel, range_mark(recurrence.at("RECURRENCE-ID", *time).value));
        uninvited_recipient_ = uninvited_recipient_ || uninvites(cancel);
        done_ = uninvites(cancel) ? Reason::uninvited : Reason::cancelled_instance;
        return std::nullopt;
    }

    /// Was the series ended before this instance by a message that we remember?
    bool cancelled_before(const Instance& at) const {
        return std::ranges::any_of(context_.marks.all(), [&](const ReplyMark& mark) {
            const auto first = mark.attendee.empty() ? range_of(mark) : std::nullopt;
            const auto there = first ? reader_.read({"RECURRENCE-ID", {}, *first}) : std::nullopt;
            return there && (at.whole_day ? there->day == at.day : there->seconds == at.seconds);
        });
    }

    bool none_alive() const {
        if (!std::ranges::all_of(result_.overrides, cancelled)) return false;
        if (!result_.master || cancelled(*result_.master)) return true;
        bool alive = false;
        const bool all = Recurrence(*result_.master, context_.effort, context_.input.home)
                             .each(std::numeric_limits<std::int64_t>::max(), [&](const Instance& instance) {
                                 alive = !cancelled(*governing(result_, timeline_.overrides(), instance));
                                 return !alive;
                             });
        return all && !alive;
    }

    ApplyContext& context_;
    Series result_;
    Timeline timeline_;  // of the result
    const InstanceReader& reader_;

    const Component* whole_by_ = nullptr;
    bool uninvited_recipient_ = false;
    std::optional<Reason> done_;
    std::optional<Trouble> trouble_;
};

}  // namespace

Outcome apply_cancel(ApplyContext& context) {
    if (!context.stored) return refused(context.input, {Reason::unknown_event, "there is no event to cancel"});
    return Cancellation(context).outcome();
}

}  // namespace calendar::itip
