#include "calendar/delivery/batch.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace calendar::delivery {

using base::Conflict;
using base::Permanent;
using base::Result;
using base::Temporary;
using base::Trouble;
using connectors::Connector;
using connectors::Stored;

namespace {

constexpr int conflicts_at_once = 3;

/// What throws is trouble that may pass; the courier never dies of one job.
template <class Call>
auto guarded(Call call) -> decltype(call()) {
    try {
        return call();
    } catch (const std::exception& error) {
        return tl::unexpected<Trouble>(Temporary{error.what(), std::nullopt});
    }
}

template <class T>
bool is_temporary(const Result<T>& result) {
    return !result && std::holds_alternative<Temporary>(result.error());
}

bool same_calendar(const Job& a, const Job& b) {
    return a.backend == b.backend && a.address == b.address;
}

Result<void> save(Connector& connector, const Job& job, const std::optional<Stored>& before,
                  const std::optional<std::string>& object) {
    const base::Owner owner{job.user, job.address};
    if (object) {
        if (before && before->content == *object) return {};
        return connector.store(owner, job.uid, *object, before);
    }
    if (before) return connector.remove(owner, job.uid, *before);
    return {};
}

}  // namespace

/// The calendar object while the jobs of a run change it.
struct Batch::Fold {
    std::optional<Stored> object;  // `name` and `version` of the fetched one; empty for one that is not stored yet
    std::vector<itip::ReplyMark> marks;
    std::vector<JobResult> settled;         // as many as were folded
    std::optional<Temporary> stopped = {};  // by the job after these
};

Batch::Batch(const Courier::Parts& parts, std::vector<itip::ReplyMark> marks)
    : parts_(parts), schedule_(parts.schedule()), now_(parts.now()), marks_(std::move(marks)) {}

void Batch::run(Jobs jobs) {
    if (!jobs.empty() && jobs.front().job.user.empty()) {  // then all are: the queue keeps users apart
        for (const auto& queued : jobs)
            settled_.push_back(find_user(queued));
        return;
    }
    while (!jobs.empty()) {
        std::size_t run = 1;
        while (run < jobs.size() && same_calendar(jobs[run].job, jobs.front().job))
            ++run;
        const bool go_on = deliver(jobs.first(run));
        jobs = jobs.subspan(run);
        if (!go_on) {
            fail(jobs, Temporary{"an earlier message for this event waits", std::nullopt});
            return;
        }
    }
}

/// A job whose recipient was not known: in its place comes one for his user, which is then decided as any other.
JobResult Batch::find_user(const QueuedJob& queued) {
    auto found = guarded([&] { return parts_.find_user(queued.job); });
    asked_[Target{}] = is_temporary(found);
    if (!found) {
        const auto* temporary = std::get_if<Temporary>(&found.error());
        return put_back(queued, temporary != nullptr ? *temporary : Temporary{detail(found.error()), std::nullopt});
    }
    JobResult settled{
        JobResult::State::done, queued.job.id, {}, audit_row(queued.job, "done", now_), std::move(*found)};
    if (settled.successor) {
        settled.audit.outcome = "deferred";
        settled.audit.detail = queued.job.address + " is " + settled.successor->user;
    } else {
        settled.audit.outcome = itip::word(itip::Outcome::Kind::unchanged);
        settled.audit.detail = queued.job.address + " is nobody of ours";
    }
    return settled;
}

/// Settles all of these jobs. False when some were put back, so that what comes after must wait.
bool Batch::deliver(Jobs jobs) {
    const auto& job = jobs.front().job;
    const auto connector =
        guarded([&]() -> Result<std::shared_ptr<Connector>> { return parts_.connector(job.backend); });
    if (!connector) return fail(jobs, connector.error());
    if (!*connector)
        return fail(jobs,
                    Temporary{fmt::format("backend '{}' is not in the configuration", job.backend), std::nullopt});
    bool& failing = asked_[Target{job.backend, (*connector)->immediate() ? job.user : std::string()}];
    std::string changed;
    for (int i = 0; i < conflicts_at_once; ++i) {
        const auto before = guarded([&] { return (*connector)->fetch({job.user, job.address}, job.uid); });
        failing = is_temporary(before);
        if (!before) return fail(jobs, before.error());
        auto folded = fold(jobs, *before);
        const auto object = folded.object ? std::optional(folded.object->content) : std::nullopt;
        const auto saved = guarded([&] { return save(**connector, job, *before, object); });
        failing = is_temporary(saved);
        if (saved) {
            const auto rest = jobs.subspan(folded.settled.size());
            settled_.insert(settled_.end(), std::make_move_iterator(folded.settled.begin()),
                            std::make_move_iterator(folded.settled.end()));
            marks_ = std::move(folded.marks);
            return !folded.stopped || fail(rest, *folded.stopped);
        }
        if (const auto* conflict = std::get_if<Conflict>(&saved.error())) {
            changed = conflict->detail;
            continue;
        }
        if (jobs.size() == 1 || !std::holds_alternative<Permanent>(saved.error())) return fail(jobs, saved.error());
        // One of them makes an object that the calendar does not take: find out which, so that the others get there.
        for (std::size_t next = 0; next < jobs.size(); ++next)
            if (!deliver(jobs.subspan(next, 1)))
                return fail(jobs.subspan(next + 1), Temporary{"an earlier message for this event waits", std::nullopt});
        return true;
    }
    return fail(jobs, Temporary{fmt::format("changed by others {} times while it was worked on: {}", conflicts_at_once,
                                            changed),
                                std::nullopt});
}

Batch::Fold Batch::fold(Jobs jobs, const std::optional<Stored>& before) const {
    Fold fold{before, marks_, {}};
    for (const auto& queued : jobs) {
        try {
            fold.stopped = apply(queued, fold);
        } catch (const std::exception& error) {
            fold.stopped = Temporary{error.what(), std::nullopt};
        }
        if (fold.stopped) break;
    }
    return fold;
}

/// One job on top of the object. Trouble that may pass is returned, and then nothing has changed.
std::optional<Temporary> Batch::apply(const QueuedJob& queued, Fold& fold) const {
    JobResult settled{JobResult::State::done, queued.job.id, {}, audit_row(queued.job, "done", now_), {}};
    auto input = queued.job.input;
    if (!queued.job.decided) {
        const auto late = parts_.decide(queued.job, fold.object);
        settled.audit.rule = late.rule;
        settled.audit.place = late.place;
        switch (late.kind) {
            case DeferredDecision::Kind::undecided:
                return Temporary{late.detail, std::nullopt};
            case DeferredDecision::Kind::leave:
                settled.audit.outcome = late.action;
                settled.audit.detail = late.detail;
                fold.settled.push_back(std::move(settled));
                return std::nullopt;
            case DeferredDecision::Kind::hold:
                settled.state = JobResult::State::held;
                settled.audit.event = "held";
                settled.audit.detail = late.detail;
                fold.settled.push_back(std::move(settled));
                return std::nullopt;
            case DeferredDecision::Kind::apply:
                input.schedule_agent = late.schedule_agent;
                input.sent_by_allowed = late.sent_by_allowed;
                input.publish_allowed = late.publish_allowed;
                break;
        }
    }
    input.stored = fold.object ? std::optional(fold.object->content) : std::nullopt;
    input.marks = fold.marks;
    auto outcome = parts_.apply(input);
    if (!outcome) {
        if (const auto* permanent = std::get_if<Permanent>(&outcome.error())) {
            settled.state = JobResult::State::given_up;
            settled.audit.event = "given_up";
            settled.audit.detail = permanent->detail;
            fold.settled.push_back(std::move(settled));
            return std::nullopt;
        }
        const auto* temporary = std::get_if<Temporary>(&outcome.error());
        return temporary != nullptr ? *temporary : Temporary{detail(outcome.error()), std::nullopt};
    }
    settled.audit.outcome = word(outcome->kind);
    settled.audit.reason = word(outcome->reason);
    settled.audit.detail = outcome->detail;
    if (fold.object && !fold.object->also.empty())
        settled.audit.detail += "; the same UID is also at " + fold.object->also;
    switch (outcome->kind) {
        case itip::Outcome::Kind::created:
        case itip::Outcome::Kind::updated:
            if (!fold.object) fold.object.emplace();
            fold.object->content = outcome->object.value();
            break;
        case itip::Outcome::Kind::removed:
            fold.object.reset();
            break;
        case itip::Outcome::Kind::unchanged:
        case itip::Outcome::Kind::refused:
            break;
    }
    const bool crashed =
        outcome->kind == itip::Outcome::Kind::refused && outcome->reason == itip::Reason::party_crasher;
    if (crashed && input.options.party_crashers == itip::Options::PartyCrashers::hold) {
        settled.state = JobResult::State::held;
        settled.audit.event = "held";
    }
    // Also when the calendar has it already: a crash may have come between its store and the end of the job.
    settled.has_event =
        outcome->kind == itip::Outcome::Kind::created ||
        (outcome->reason == itip::Reason::duplicate && fold.object && queued.job.method == itip::Method::request);
    fold.marks = std::move(outcome->marks);
    fold.settled.push_back(std::move(settled));
    return std::nullopt;
}

/// Settles all of these jobs with the same trouble. True when none of them waits any more.
bool Batch::fail(Jobs jobs, const Trouble& trouble) {
    bool over = true;
    for (const auto& queued : jobs) {
        if (std::holds_alternative<Permanent>(trouble)) {
            JobResult settled{
                JobResult::State::given_up, queued.job.id, {}, audit_row(queued.job, "given_up", now_), {}};
            settled.audit.detail = detail(trouble);
            settled_.push_back(std::move(settled));
            continue;
        }
        const auto* temporary = std::get_if<Temporary>(&trouble);
        settled_.push_back(
            put_back(queued, temporary != nullptr ? *temporary : Temporary{detail(trouble), std::nullopt}));
        over = over && settled_.back().state == JobResult::State::given_up;
    }
    return over;
}

JobResult Batch::put_back(const QueuedJob& queued, const Temporary& trouble) const {
    JobResult settled{JobResult::State::waiting, queued.job.id, {}, audit_row(queued.job, "retry", now_), {}};
    settled.audit.detail = trouble.detail;
    if (const auto wait = schedule_.next(queued.attempts + 1, now_ - queued.job.created, trouble.retry_after)) {
        settled.due = now_ + *wait;
    } else {
        settled.state = JobResult::State::given_up;
        settled.audit.event = "given_up";
    }
    return settled;
}

}  // namespace calendar::delivery
