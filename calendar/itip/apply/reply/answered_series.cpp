#include "calendar/itip/apply/reply/answered_series.h"

#include <algorithm>
#include <utility>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/parties.h"

namespace calendar::itip {

AnsweredSeries::AnsweredSeries(ApplyContext& context, const Address& attendee)
    : options_(context.input.options),
      attendee_(attendee),
      series_(*context.stored),
      timeline_(context.timeline(series_)),
      history_(context.marks, attendee, context.input.sender, timeline_.reader()),
      budget_(series_, context.marks, history_, attendee_) {}

Expected<AnsweredInstance> AnsweredSeries::find(const Instance& at) {
    if (const auto place = timeline_.overrides().find(at))
        return AnsweredInstance{place, *timeline_.overrides().instance(*place), series_.overrides[*place]};
    const auto& master = series_.master;
    const bool recurs = master && (master->find("RRULE") != nullptr || master->find("RDATE") != nullptr);
    const bool included = recurs && !timeline_.recurrence().excluded(at);
    const auto time = included ? timeline_.recurrence().find(at) : std::nullopt;
    if (!time) return refuse(Reason::unknown_instance, "the calendar has no such instance");
    return derived(*time);
}

Expected<AnsweredInstance> AnsweredSeries::derived(LocalTime time) {
    auto component = timeline_.derived(time);
    if (!component) return tl::unexpected(component.error());
    return AnsweredInstance{std::nullopt, timeline_.recurrence().instance(time), std::move(*component)};
}

Expected<std::optional<AnsweredInstance>> AnsweredSeries::next_without_override(const Instance& instance) {
    const auto time = timeline_.next_governed(instance);
    if (!time) return tl::unexpected(time.error());
    if (!*time) return std::nullopt;
    return derived(**time);
}

Answer AnsweredSeries::answer_in(const Component& component) const {
    const Property* const line = attendee(component, attendee_);
    return line == nullptr ? std::nullopt : std::optional(partstat(*line));
}

ComponentOutcome AnsweredSeries::write(AnsweredInstance& instance, const Component& reply,
                                       const AttendeeReply& answer) const {
    const bool said = !instance.place && answer_in(instance.component) == partstat(answer.line) &&
                      !answer.line.parameter("DELEGATED-TO");
    ComponentOutcome outcome = write_reply(instance.component, answer, options_);
    if (outcome.refused()) return outcome;
    if (series_.kind == "VTODO" && record_progress(instance.component, reply))
        return outcome.updated() ? outcome : reply_recorded(answer);
    return said ? component_unchanged(Reason::duplicate, "the series already has this reply") : outcome;
}

Expected<void> AnsweredSeries::store(AnsweredInstance instance) {
    // Where a RANGE began, the next instance gets an override too.
    if (!instance.place || has_range(series_.overrides[*instance.place]))
        if (auto room = budget_.spend(instance.component); !room) return room;
    if (instance.place) return timeline_.replace(*instance.place, std::move(instance.component));
    timeline_.add(std::move(instance.component));
    return {};
}

Expected<void> AnsweredSeries::store_as_range(AnsweredInstance instance) {
    if (instance.place) {
        series_.overrides[*instance.place] = std::move(instance.component);
        return {};
    }
    if (auto room = budget_.spend(instance.component); !room) return room;
    set_range(instance.component);
    timeline_.add(std::move(instance.component));
    return {};
}

bool AnsweredSeries::spread(const Component& reply, const AttendeeReply& answer, const std::vector<Answer>& old,
                            const std::optional<Instance>& first) {
    bool any = false;
    for (std::size_t place = 0; place < series_.overrides.size(); ++place) {
        Component& component = series_.overrides[place];
        const auto& at = timeline_.overrides().instance(place);
        if (first && (!at || at->seconds <= first->seconds)) continue;
        if (cancelled(component) || std::ranges::find(old, answer_in(component)) == old.end()) continue;
        if (history_.has_later(reply, component.value("RECURRENCE-ID")) || (at && history_.has_later(reply, *at)))
            continue;
        any = write_reply(component, answer, options_).updated() || any;
    }
    return any;
}

}  // namespace calendar::itip
