#include "calendar/itip/apply/reply/answered_series.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/text/lint.h"

namespace calendar::itip {

namespace {

/// Each override holds the whole event again. So an attendee may make it grow by so many, which have a tenth of what
/// can be stored together unless it is one alone, and all attendees by so many.
constexpr std::size_t most_overrides_of_attendee = 50;
constexpr std::size_t most_bytes_of_attendee = stored_limits.bytes / 10;
constexpr std::size_t most_overrides = 500;

constexpr std::size_t full_line = 75;  // bytes; RFC 5545 3.1

/// As it is written, about. Each line counts as a full one at least: the lines of an object are bounded too.
std::size_t bytes_of(const Component& component) {
    std::size_t bytes = 2 * full_line;
    for (const Property& property : component.properties) {
        std::size_t line = property.name.size() + property.value.size();
        for (const Parameter& parameter : property.parameters)
            line += parameter.name.size() + parameter.value.size();
        bytes += std::max(line, full_line);
    }
    for (const Component& child : component.components)  // bounded by the lint: depth
        bytes += bytes_of(child);
    return bytes;
}

}  // namespace

AnsweredSeries::AnsweredSeries(ApplyContext& context, const Address& attendee)
    : options_(context.input.options),
      attendee_(attendee),
      series_(*context.stored),
      timeline_(context.timeline(series_)),
      history_(context.marks, attendee, timeline_.reader()) {}

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
        if (auto room = room_for_override(instance.component); !room) return room;
    if (instance.place) return timeline_.replace(*instance.place, std::move(instance.component));
    timeline_.add(std::move(instance.component));
    return {};
}

Expected<void> AnsweredSeries::store_as_range(AnsweredInstance instance) {
    if (instance.place) {
        series_.overrides[*instance.place] = std::move(instance.component);
        return {};
    }
    if (auto room = room_for_override(instance.component); !room) return room;
    set_range(instance.component);
    timeline_.add(std::move(instance.component));
    return {};
}

/// An override in the very version of the series or of a RANGE, and that the attendee has answered, was made for an
/// answer. Not only of what would govern its instance without it: a RANGE moves on when where it begins is answered.
AnsweredSeries::Made AnsweredSeries::made_so_far() const {
    std::vector<Version> sources;
    const auto is_source = [&](const Version& version) {
        return std::ranges::any_of(sources, [&](const Version& one) { return order(version, one) == Order::same; });
    };
    series_.each([&](const Component& one) {
        const Version version = version_of(one);
        if ((one.find("RECURRENCE-ID") == nullptr || has_range(one)) && !is_source(version)) sources.push_back(version);
    });
    Made made;
    for (const Component& one : series_.overrides) {
        if (!history_.has_answer(one.value("RECURRENCE-ID")) || !is_source(version_of(one))) continue;
        ++made.count;
        made.bytes += bytes_of(one);
    }
    return made;
}

Expected<void> AnsweredSeries::room_for_override(const Component& like) {
    if (series_.overrides.size() >= most_overrides)
        return refuse(Reason::too_complex,
                      fmt::format("the event has {} changed instances, and an answer makes no more", most_overrides));
    if (!made_) made_ = made_so_far();
    const std::size_t bytes = bytes_of(like);
    if (made_->count >= most_overrides_of_attendee)
        return refuse(Reason::too_complex,
                      fmt::format("{} has answered {} single instances", attendee_.text(), most_overrides_of_attendee));
    if (made_->count > 0 && made_->bytes + bytes > most_bytes_of_attendee)
        return refuse(Reason::too_complex, fmt::format("the single instances that {} has answered have {} bytes",
                                                       attendee_.text(), made_->bytes));
    ++made_->count;
    made_->bytes += bytes;
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
