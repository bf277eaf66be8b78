#include "calendar/itip/apply/reply/reply.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/reply/answered_series.h"
#include "calendar/itip/apply/reply/reply_bounds.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/time/comparison.h"

namespace calendar::itip {

namespace {

/// Records the replies of one message, component by component.
class ReplyRecorder {
  public:
    ReplyRecorder(ApplyContext& context, const Address& attendee)
        : context_(context), attendee_(attendee), answered_(context, attendee) {}

    const Series& series() const noexcept { return answered_.series(); }
    const InstanceReader& reader() const noexcept { return answered_.timeline().reader(); }

    /// The answer for the series: the master, and every override that still had the master's old answer.
    ComponentOutcome record_for_series(const Component& reply) {
        auto& stored_master = answered_.series().master;
        if (!stored_master)
            return component_refused(Reason::unknown_instance,
                                     "the calendar has instances of the event, but no series");
        Component& master = *stored_master;
        const auto answer = answer_of(reply);
        if (!answer) return component_refused(answer.error());
        if (auto why = not_counting(reply, master, answered_.history().has_later(reply, std::string())))
            return std::move(*why);

        const std::vector<Answer> old{answered_.answer_in(master)};
        ComponentOutcome outcome = write_reply(master, *answer, context_.input.options);
        if (outcome.refused()) return outcome;
        // The same answer once more is not new for overrides that came to it in another way.
        if (outcome.updated()) answered_.spread(reply, *answer, old, std::nullopt);
        if (series().kind == "VTODO" && record_progress(master, reply) && !outcome.updated())
            outcome = reply_recorded(*answer);
        remember(mark_for(reply, {}), outcome);
        return outcome;
    }

    ComponentOutcome record_for_instance(const Component& reply) {
        const auto at = reader().read(*reply.find("RECURRENCE-ID"));
        if (!at) return component_refused(Reason::bad_recurrence_id, "the RECURRENCE-ID is not a date");
        const auto answer = answer_of(reply);
        if (!answer) return component_refused(answer.error());
        if (series().master && cancelled(*series().master))
            return component_unchanged(Reason::cancelled_event, "the event is cancelled");
        if (has_range(reply) && !series().master)
            return component_refused(Reason::bad_recurrence_id,
                                     "RANGE=THISANDFUTURE needs the series, which is not known");
        auto instance = answered_.find(*at);
        if (!instance) return component_refused(instance.error());
        const std::string id = instance->component.value("RECURRENCE-ID");
        const bool later = answered_.history().has_later(reply, instance->instance) ||
                           (!has_range(reply) && answered_.history().has_later(reply, id));
        if (auto why = not_counting(reply, instance->component, later)) return std::move(*why);
        return has_range(reply) ? record_from_then_on(reply, *answer, std::move(*instance))
                                : record_once(reply, *answer, std::move(*instance));
    }

    void remember_delegation() { answered_.remember_delegation(); }

  private:
    ComponentOutcome record_once(const Component& reply, const AttendeeReply& answer, AnsweredInstance instance) {
        const std::string id = instance.component.value("RECURRENCE-ID");
        ComponentOutcome outcome = answered_.write(instance, reply, answer);
        if (outcome.refused()) return outcome;
        if (outcome.updated()) {
            const bool was_there = instance.place.has_value();
            const std::size_t before = series().overrides.size();
            if (const auto stored = answered_.store(std::move(instance)); !stored)
                return component_refused(stored.error());
            if (was_there && series().overrides.size() > before) move_range_mark(id, series().overrides.back());
        }
        remember(mark_for(reply, id), outcome);
        return outcome;
    }

    ReplyMark mark_for(const Component& reply, std::string recurrence_id) const {
        return mark_of(reply, attendee_.text(), answered_.history().mark_id(std::move(recurrence_id)));
    }

    /// An answer for this and future that stood where a RANGE began goes on where it begins now, whoever sent it.
    void move_range_mark(const std::string& id, const Component& now) {
        const std::string before = range_mark(id);
        std::vector<ReplyMark> moved;
        for (const ReplyMark& mark : context_.marks.all())
            if (mark.attendee == attendee_.text() && answered_instance(mark) == id &&
                mark.recurrence_id.starts_with(before))
                moved.push_back(mark);
        for (ReplyMark& mark : moved) {
            mark.recurrence_id.replace(0, before.size(), range_mark(now.value("RECURRENCE-ID")));
            keep_if_latest(std::move(mark));
        }
    }

    /// The answer for an instance and all after it: an override with a RANGE, and every later override that still had
    /// the old answer. Where the override of the instance has no RANGE, or was answered later by itself, the next
    /// instance without an override gets the one with the RANGE.
    ComponentOutcome record_from_then_on(const Component& reply, const AttendeeReply& answer, AnsweredInstance here) {
        const Instance first = here.instance;
        if (!context_.effort.spend(effort_to_spread()))
            return component_refused(Reason::too_complex, "the reply is for too many instances");
        const std::string id = here.component.value("RECURRENCE-ID");
        const bool counts_here = !answered_.history().has_later(reply, id);
        const bool carries = counts_here && (!here.place || has_range(here.component));
        Expected<std::optional<AnsweredInstance>> next{std::optional<AnsweredInstance>()};
        if (!carries) next = answered_.next_without_override(first);
        if (!next) return component_refused(next.error());

        std::vector<Answer> old{
            answered_.answer_in(*governing_without_own(series(), answered_.timeline().overrides(), first))};
        ComponentOutcome outcome = later_reply();
        if (counts_here) {
            const Answer old_here = answered_.answer_in(here.component);
            outcome = answered_.write(here, reply, answer);
            if (outcome.refused()) return outcome;
            if (outcome.updated()) {
                old.push_back(old_here);
                if (const auto stored = answered_.store_as_range(std::move(here)); !stored)
                    return component_refused(stored.error());
            }
        }
        if (*next) outcome = record_in_next(reply, answer, std::move(**next), std::move(outcome));

        ReplyMark mark = mark_from_then_on(reply, first, id);
        const ReplyMark* const last = context_.marks.find(mark.attendee, mark.recurrence_id);
        const bool again = last != nullptr && *last == mark;
        // The same answer once more is not new for overrides that came to it in another way.
        if ((outcome.updated() || (!carries && !again)) && answered_.spread(reply, answer, old, first) &&
            !outcome.updated())
            outcome = reply_recorded(answer);
        remember(std::move(mark), outcome);
        return outcome;
    }

    /// Every override may be looked at, against every reply that was recorded.
    std::size_t effort_to_spread() const {
        std::size_t effort = 0;
        for (const Component& component : series().overrides)
            effort += component.properties.size() + answered_.history().ranges();
        return effort;
    }

    /// The outcome of both: `so_far` where that changed something already.
    ComponentOutcome record_in_next(const Component& reply, const AttendeeReply& answer, AnsweredInstance next,
                                    ComponentOutcome so_far) {
        ComponentOutcome outcome = answered_.write(next, reply, answer);
        if (!outcome.updated()) return so_far;
        std::string id = next.component.value("RECURRENCE-ID");
        if (const auto stored = answered_.store_as_range(std::move(next)); !stored)
            return so_far.updated() ? so_far : component_refused(stored.error());
        keep_if_latest(mark_for(reply, range_mark(id)));
        return so_far.updated() ? so_far : outcome;
    }

    ReplyMark mark_from_then_on(const Component& reply, const Instance& first, const std::string& id) const {
        const Recurrence& recurrence = answered_.timeline().recurrence();
        const auto time = recurrence.find(first);
        return mark_for(reply, range_mark(time ? recurrence.at("RECURRENCE-ID", *time).value : id));
    }

    Expected<AttendeeReply> answer_of(const Component& reply) const {
        const Property& line = *attendee(reply, attendee_);
        if (const auto bounded = delegation_bounded(context_, attendee_, line); !bounded)
            return tl::unexpected(bounded.error());
        auto answer = attendee_reply_of(reply, line);
        if (!answer) return answer;
        const auto& sender = context_.input.sender;
        if (context_.input.own_reply)
            answer->schedule_status.reset();
        else if (sender && sender != answer->attendee)  // a SENT-BY appoints nobody else
            answer->line.set_parameter("SENT-BY", "mailto:" + sender->text());
        return answer;
    }

    /// An answer that says what the calendar has makes older ones stale, but leaves no mark of its own.
    void remember(ReplyMark mark, const ComponentOutcome& outcome) {
        if (outcome.updated() || context_.marks.find(mark.attendee, mark.recurrence_id) != nullptr)
            context_.marks.keep(std::move(mark));
    }

    void keep_if_latest(ReplyMark mark) {
        const ReplyMark* const known = context_.marks.find(mark.attendee, mark.recurrence_id);
        if (known == nullptr || !older(order(version_of(mark), version_of(*known))))
            context_.marks.keep(std::move(mark));
    }

    ComponentOutcome later_reply() const {
        return component_unchanged(Reason::stale_reply,
                                   fmt::format("a later reply of {} was already recorded", attendee_.text()));
    }

    /// Why a reply does not count for this component, whatever it answers. `later`: is a later one recorded?
    std::optional<ComponentOutcome> not_counting(const Component& reply, const Component& known, bool has_later) const {
        if (cancelled(known))
            return component_unchanged(Reason::cancelled_event, "the event or instance of the reply is cancelled");
        if (has_later) return later_reply();
        if (version_of(reply).sequence < version_of(known).sequence && !same_start_and_end(reply, known))
            return component_unchanged(
                Reason::stale_reply,
                fmt::format("the reply is to SEQUENCE {}, and the time has changed since", version_of(reply).sequence));
        return std::nullopt;
    }

    ApplyContext& context_;
    const Address& attendee_;
    AnsweredSeries answered_;
};

/// Those for this and future before those for one instance, the earlier of them before the later: each knows better
/// than the one before.
std::multimap<std::int64_t, const Component*> in_order(const Series& message, const InstanceReader& reader) {
    std::multimap<std::int64_t, const Component*> replies;
    for (const Component& reply : message.overrides) {
        const auto at = has_range(reply) ? reader.read(*reply.find("RECURRENCE-ID")) : std::nullopt;
        replies.emplace(at ? at->seconds : std::numeric_limits<std::int64_t>::max(), &reply);
    }
    return replies;
}

/// The outcome of the message out of those of its components: the first that changed something, else the first.
struct MessageOutcome {
    std::optional<ComponentOutcome> best;
    std::string refused;  // what was not recorded and why, for people

    void add(const Component& reply, ComponentOutcome outcome) {
        if (outcome.refused())
            refused +=
                fmt::format("; not recorded for {}: {}",
                            reply.find("RECURRENCE-ID") ? reply.value("RECURRENCE-ID") : "the series", outcome.detail);
        if (!best || (!best->updated() && outcome.updated())) best = std::move(outcome);
    }
};

}  // namespace

Outcome apply_reply(ApplyContext& context, const Address& answerer) {
    if (!context.stored) return refused(context.input, {Reason::unknown_event, "there is no event to answer"});
    ReplyRecorder recorder(context, answerer);
    MessageOutcome all;
    if (context.message.master) all.add(*context.message.master, recorder.record_for_series(*context.message.master));
    for (const auto& [seconds, reply] : in_order(context.message, recorder.reader()))
        all.add(*reply, recorder.record_for_instance(*reply));
    if (all.best->refused()) return refused(context.input, {all.best->reason, all.best->detail});
    if (!all.best->updated()) return unchanged(context, all.best->reason, all.best->detail);
    if (const auto bounded = reply_bounded(context, answerer, recorder.series(), all.best->reason); !bounded)
        return refused(context.input, bounded.error());
    recorder.remember_delegation();
    return stored_as(context, Outcome::Kind::updated, all.best->reason, all.best->detail + all.refused,
                     recorder.series());
}

}  // namespace calendar::itip
