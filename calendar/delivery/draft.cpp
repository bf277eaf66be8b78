#include "calendar/delivery/draft.h"

#include <utility>

#include <fmt/format.h>

namespace calendar::delivery {

using base::Permanent;
using base::Result;
using base::Temporary;
using connectors::Stored;
using itip::Outcome;

namespace {

bool is_held_for_review(const Outcome& outcome, const itip::Options& options) {
    return outcome.kind == Outcome::Kind::refused && outcome.reason == itip::Reason::party_crasher &&
           options.party_crashers == itip::Options::PartyCrashers::hold;
}

bool is_killed(const Result<Outcome>& outcome) {
    return outcome && outcome->reason == itip::Reason::sandbox_killed;
}

/// By another cell when one is ended: an accident of one loses no invitation.
Result<Outcome> outcome_of(CourierHost& host, const itip::ApplyInput& input) {
    auto outcome = host.apply(input);
    return is_killed(outcome) ? host.apply(input) : outcome;
}

void change(std::optional<Stored>& object, Outcome& outcome) {
    switch (outcome.kind) {
        case Outcome::Kind::created:
        case Outcome::Kind::updated:
            if (!object) object.emplace();
            object->content = std::move(outcome.object.value());
            break;
        case Outcome::Kind::removed:
            object.reset();
            break;
        case Outcome::Kind::unchanged:
        case Outcome::Kind::refused:
            break;
    }
}

/// Too many marks of one attendee: the job changes nothing.
void refuse_beyond_bounds(MarkMap& marks, const MarkMap& before, Outcome& outcome,
                          const std::optional<std::string>& stored) {
    const auto attendee = keep_within_bounds(marks, before);
    if (!attendee) return;
    marks = before;
    outcome = {Outcome::Kind::refused,
               itip::Reason::too_complex,
               fmt::format("{} has answered for more than {} instances", *attendee, marks_of_one),
               stored,
               {}};
}

}  // namespace

std::optional<Temporary> Draft::apply(CourierHost& host, Job job, JobResult result) {
    auto& input = job.input;
    input.stored = object ? std::optional(object->content) : std::nullopt;
    input.recipient_uris = object ? object->owner_uris : std::vector<std::string>();
    input.marks = marks_for(job, marks);
    auto outcome = outcome_of(host, job.held ? released(job).input : input);
    if (!outcome) {
        if (!std::holds_alternative<Permanent>(outcome.error())) return as_temporary(outcome.error());
        change(result, JobResult::State::given_up);
        result.audit.detail = detail(outcome.error());
        results.push_back(std::move(result));
        return std::nullopt;
    }
    if (job.held && outcome->kind != Outcome::Kind::unchanged) {
        change(result, JobResult::State::held);
        results.push_back(std::move(result));
        return std::nullopt;
    }
    const bool killed_again = is_killed(outcome);
    auto marks_then = marks_after(job, marks, *outcome);
    refuse_beyond_bounds(marks_then, marks, *outcome, input.stored);
    result.audit.outcome = word(outcome->kind);
    result.audit.reason = word(outcome->reason);
    result.audit.detail = outcome->detail;
    if (object && !object->also.empty()) result.audit.detail += "; the same UID is also at " + object->also;
    change(object, *outcome);
    if (is_held_for_review(*outcome, input.options)) change(result, JobResult::State::held);
    if (killed_again) change(result, JobResult::State::given_up);
    // Also when the calendar has it already: a crash may have come between its store and the end of the job.
    result.has_event = outcome->kind == Outcome::Kind::created ||
                       (outcome->reason == itip::Reason::duplicate && object && job.method == itip::Method::request);
    marks = std::move(marks_then);
    results.push_back(std::move(result));
    return std::nullopt;
}

Result<void> Draft::save(connectors::Connector& connector, const Job& job, const std::optional<Stored>& before) const {
    const base::Owner owner{job.user, job.address};
    if (object) {
        if (before && before->content == object->content) return {};
        return connector.store(owner, job.uid, object->content, before);
    }
    if (before) return connector.remove(owner, job.uid, *before);
    return {};
}

Temporary as_temporary(const base::Trouble& trouble) {
    const auto* temporary = std::get_if<Temporary>(&trouble);
    return temporary != nullptr ? *temporary : Temporary{detail(trouble), std::nullopt};
}

}  // namespace calendar::delivery
