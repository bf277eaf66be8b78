#include "calendar/itip/apply/reply.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calendar/itip/apply/attendee_reply.h"
#include "calendar/itip/apply/authority.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/time/comparison.h"
#include "calendar/itip/time/timeline.h"

namespace calendar::itip {

namespace {

/// What the calendar says of an instance that is answered.
struct Spot {
    std::optional<std::size_t> place;  // of its override; none when it is derived
    Instance instance;
    Component component;
};

class Recording {
  public:
    Recording(ApplyContext& context, const Address& answerer)
        : context_(context),
          answerer_(answerer),
          options_(context.input.options),
          result_(*context.stored),
          timeline_(context.timeline(result_)) {
        for (const ReplyMark& mark : context.marks.all())
            if (const auto first = mark.attendee == answerer.text() ? range_of(mark) : std::nullopt)
                if (const auto instance = timeline_.reader().read({"RECURRENCE-ID", {}, *first}))
                    from_then_on_.emplace_back(instance->seconds, version_of(mark));
    }

    Outcome outcome() {
        std::optional<Verdict> best;
        const auto consider = [&](const Component& reply, Verdict verdict) {
            if (verdict.refused())
                refused_ += fmt::format("; not recorded for {}: {}",
                                        reply.find("RECURRENCE-ID") ? reply.value("RECURRENCE-ID") : "the series",
                                        verdict.detail);
            if (!best || (!best->updated() && verdict.updated())) best = std::move(verdict);
        };
        if (context_.message.master) consider(*context_.message.master, series(*context_.message.master));
        for (const auto& [seconds, reply] : in_order())
            consider(*reply, instance(*reply));
        switch (best->kind) {
            case Outcome::Kind::refused:
                return refused(context_.input, {best->reason, best->detail});
            case Outcome::Kind::unchanged:
                return unchanged(context_, best->reason, best->detail);
            case Outcome::Kind::created:
            case Outcome::Kind::updated:
            case Outcome::Kind::removed:
                break;
        }
        return stored_as(context_, Outcome::Kind::updated, best->reason, best->detail + refused_, result_);
    }

  private:
    /// Those for this and future before those for one instance, the earlier of them before the later: each knows better
    /// than the one before.
    std::multimap<std::int64_t, const Component*> in_order() const {
        std::multimap<std::int64_t, const Component*> replies;
        for (const Component& reply : context_.message.overrides) {
            const auto at = has_range(reply) ? timeline_.reader().read(*reply.find("RECURRENCE-ID")) : std::nullopt;
            replies.emplace(at ? at->seconds : std::numeric_limits<std::int64_t>::max(), &reply);
        }
        return replies;
    }

    /// The answer for the series: the master, and every override that still had the master's old answer.
    Verdict series(const Component& reply) {
        if (!result_.master)
            return refusal(Reason::unknown_instance, "the calendar has instances of the event, but no series");
        Component& master = *result_.master;
        const auto answer = answer_in(reply);
        if (!answer) return refusal(answer.error());
        if (auto why = not_counting(reply, master, answered_later(reply, std::string()))) return std::move(*why);

        const Answers old{answer_said(master)};
        Verdict verdict = put(master, *answer, options_);
        if (verdict.refused()) return verdict;
        // The same answer once more is no news for overrides that came to it in another way.
        if (verdict.updated()) spread(reply, *answer, old, std::nullopt);
        if (result_.kind == "VTODO" && record_progress(master, reply) && !verdict.updated())
            verdict = recorded(*answer);
        context_.marks.keep(mark_of(reply, answerer_.text(), {}));
        return verdict;
    }

    Verdict instance(const Component& reply) {
        const auto at = timeline_.reader().read(*reply.find("RECURRENCE-ID"));
        if (!at) return refusal(Reason::bad_recurrence_id, "the RECURRENCE-ID is no date");
        const auto answer = answer_in(reply);
        if (!answer) return refusal(answer.error());
        if (result_.master && cancelled(*result_.master))
            return leave(Reason::cancelled_event, "the event is cancelled");
        if (has_range(reply) && !result_.master)
            return refusal(Reason::bad_recurrence_id, "RANGE=THISANDFUTURE needs the series, which is not known");
        auto spot = spot_of(*at);
        if (!spot) return refusal(spot.error());
        return has_range(reply) ? from_then_on(reply, *answer, std::move(*spot))
                                : one_instance(reply, *answer, std::move(*spot));
    }

    /// Errors: unknown_instance, too_complex.
    Expected<Spot> spot_of(const Instance& at) {
        if (const auto place = timeline_.overrides().find(at))
            return Spot{place, *timeline_.overrides().instance(*place), result_.overrides[*place]};
        const auto& master = result_.master;
        const bool recurs = master && (master->find("RRULE") != nullptr || master->find("RDATE") != nullptr);
        const bool included = recurs && !timeline_.recurrence().excluded(at);
        const auto time = included ? timeline_.recurrence().find(at) : std::nullopt;
        if (!time) return refuse(Reason::unknown_instance, "the calendar has no such instance");
        return derived(*time);
    }

    Expected<Spot> derived(LocalTime time) {
        auto component = timeline_.derived(time);
        if (!component) return tl::unexpected(component.error());
        return Spot{std::nullopt, timeline_.recurrence().instance(time), std::move(*component)};
    }

    Verdict one_instance(const Component& reply, const AttendeeReply& answer, Spot spot) {
        const std::string id = spot.component.value("RECURRENCE-ID");
        if (auto why =
                not_counting(reply, spot.component, answered_later(reply, id) || answered_later(reply, spot.instance)))
            return std::move(*why);
        Verdict verdict = write(spot, reply, answer);
        if (verdict.refused()) return verdict;
        if (verdict.updated() && !spot.place)
            timeline_.add(std::move(spot.component));
        else if (verdict.updated())
            if (const auto done = timeline_.replace(*spot.place, std::move(spot.component)); !done)
                return refusal(done.error());
        context_.marks.keep(mark_of(reply, answerer_.text(), id));
        return verdict;
    }

    /// The answer for an instance and all after it: an override with a RANGE, and every later override that still had
    /// the old answer. Where the override of the instance has no RANGE, or was answered later by itself, the next
    /// instance without an override gets the one with the RANGE.
    Verdict from_then_on(const Component& reply, const AttendeeReply& answer, Spot spot) {
        const Instance first = spot.instance;
        if (auto why = not_counting(reply, spot.component, answered_later(reply, first))) return std::move(*why);
        std::size_t effort = 0;
        for (const Component& component : result_.overrides)
            effort += component.properties.size() + from_then_on_.size();
        if (!context_.effort.spend(effort)) return refusal(Reason::too_complex, "the reply is for too many instances");

        const std::string id = spot.component.value("RECURRENCE-ID");
        const bool counts_here = !answered_later(reply, id);
        const bool carries = counts_here && (!spot.place || has_range(spot.component));
        std::optional<Spot> next;
        if (!carries) {
            auto found = next_spot(first);
            if (!found) return refusal(found.error());
            next = std::move(*found);
        }

        Answers old{answer_said(*governing_without_own(result_, timeline_.overrides(), first))};
        Verdict verdict = leave(Reason::stale_reply, fmt::format("a later reply of {} was recorded", answerer_.text()));
        if (counts_here) {
            const auto old_here = answer_said(spot.component);
            verdict = write(spot, reply, answer);
            if (verdict.refused()) return verdict;
            if (verdict.updated()) {
                old.push_back(old_here);
                keep_from_then_on(std::move(spot));
            }
        }
        if (next)
            if (Verdict later = write(*next, reply, answer); later.updated()) {
                keep_from_then_on(std::move(*next));
                if (!verdict.updated()) verdict = std::move(later);
            }
        const auto time = timeline_.recurrence().find(first);
        ReplyMark mark = mark_of(reply, answerer_.text(),
                                 range_mark(time ? timeline_.recurrence().at("RECURRENCE-ID", *time).value : id));
        const ReplyMark* const last = context_.marks.find(mark.attendee, mark.recurrence_id);
        const bool again = last != nullptr && *last == mark;
        // The same answer once more is no news for overrides that came to it in another way.
        if ((verdict.updated() || (!carries && !again)) && spread(reply, answer, old, first) && !verdict.updated())
            verdict = recorded(answer);
        context_.marks.keep(std::move(mark));
        return verdict;
    }

    /// Where those after the instance that have no override get one with a RANGE; none when it is not needed.
    Expected<std::optional<Spot>> next_spot(const Instance& instance) {
        const auto time = timeline_.next_governed(instance);
        if (!time) return tl::unexpected(time.error());
        if (!*time) return std::nullopt;
        return derived(**time);
    }

    void keep_from_then_on(Spot spot) {
        if (spot.place) {
            result_.overrides[*spot.place] = std::move(spot.component);
            return;
        }
        set_range(spot.component);
        timeline_.add(std::move(spot.component));
    }

    using Answers = std::vector<std::optional<std::string>>;

    /// What the calendar has of the one who answers; none when he is no attendee.
    std::optional<std::string> answer_said(const Component& component) const {
        const Property* const line = attendee(component, answerer_);
        return line == nullptr ? std::nullopt : std::optional(partstat(*line));
    }

    /// The answer in every override that still had one of the old ones; only those after `first`, when it is given.
    /// Did anything change?
    bool spread(const Component& reply, const AttendeeReply& answer, const Answers& old,
                const std::optional<Instance>& first) {
        bool any = false;
        for (std::size_t place = 0; place < result_.overrides.size(); ++place) {
            Component& component = result_.overrides[place];
            const auto& at = timeline_.overrides().instance(place);
            if (first && (!at || at->seconds <= first->seconds)) continue;
            if (cancelled(component) || std::ranges::find(old, answer_said(component)) == old.end()) continue;
            if (answered_later(reply, component.value("RECURRENCE-ID")) || (at && answered_later(reply, *at))) continue;
            any = put(component, answer, options_).updated() || any;
        }
        return any;
    }

    /// The answer in what the calendar says of an instance. An instance without an override needs none for what the
    /// calendar says of it anyway.
    Verdict write(Spot& spot, const Component& reply, const AttendeeReply& answer) const {
        const bool said = !spot.place && answer_said(spot.component) == partstat(answer.line) &&
                          !answer.line.parameter("DELEGATED-TO");
        Verdict verdict = put(spot.component, answer, options_);
        if (verdict.refused()) return verdict;
        if (result_.kind == "VTODO" && record_progress(spot.component, reply))
            return verdict.updated() ? verdict : recorded(answer);
        return said ? leave(Reason::duplicate, "the series has this answer already") : verdict;
    }

    Expected<AttendeeReply> answer_in(const Component& reply) const {
        const auto line = answering_attendee(reply, context_.input.sender);
        if (!line) return tl::unexpected(line.error());
        if ((*line)->parameter_values("DELEGATED-TO").size() > most_delegates)
            return refuse(Reason::too_complex, fmt::format("the reply delegates to more than {}", most_delegates));
        return attendee_reply_of(reply, **line);
    }

    /// Was a later reply recorded for the same?
    bool answered_later(const Component& reply, const std::string& recurrence_id) const {
        const ReplyMark* const mark = context_.marks.find(answerer_.text(), recurrence_id);
        return mark != nullptr && older(order(version_of(reply), version_of(*mark)));
    }

    /// Was a later reply recorded for this instance, or one before it, and all after?
    bool answered_later(const Component& reply, const Instance& instance) const {
        const Version version = version_of(reply);
        return std::ranges::any_of(from_then_on_, [&](const auto& mark) {
            return mark.first <= instance.seconds && older(order(version, mark.second));
        });
    }

    /// Why a reply does not count for this component, whatever it answers.
    std::optional<Verdict> not_counting(const Component& reply, const Component& known, bool answered_later) const {
        if (cancelled(known)) return leave(Reason::cancelled_event, "what the reply answers is cancelled");
        if (answered_later)
            return leave(Reason::stale_reply, fmt::format("a later reply of {} was recorded", answerer_.text()));
        if (version_of(reply).sequence < version_of(known).sequence && !same_start_and_end(reply, known))
            return leave(Reason::stale_reply,
                         fmt::format("the reply answers SEQUENCE {}, and the time has changed since",
                                     version_of(reply).sequence));
        return std::nullopt;
    }

    ApplyContext& context_;
    const Address& answerer_;
    const Options& options_;
    Series result_;
    Timeline timeline_;  // of the result
    /// The replies that were recorded for an instance (its instant) and all after it.
    std::vector<std::pair<std::int64_t, Version>> from_then_on_;
    std::string refused_;
};

}  // namespace

Outcome apply_reply(ApplyContext& context, const Address& answerer) {
    if (!context.stored) return refused(context.input, {Reason::unknown_event, "there is no event to answer"});
    return Recording(context, answerer).outcome();
}

}  // namespace calendar::itip
