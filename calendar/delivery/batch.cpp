#include "calendar/delivery/batch.h"

#include <algorithm>
#include <exception>
#include <iterator>
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
using itip::Outcome;

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
std::optional<Temporary> failure_of(const Result<T>& result) {
    const auto* temporary = result ? nullptr : std::get_if<Temporary>(&result.error());
    return temporary ? std::optional(*temporary) : std::nullopt;
}

bool is_slow(const Trouble& trouble) {
    const auto* temporary = std::get_if<Temporary>(&trouble);
    return temporary != nullptr && temporary->reach == base::Reach::write;
}

Temporary waits_for_earlier() {
    return {"an earlier message for this event waits", std::nullopt};
}

bool same_calendar(const Job& a, const Job& b) {
    return a.backend == b.backend && a.address == b.address;
}

std::string words_of(std::chrono::seconds span) {
    return span % std::chrono::hours(1) == std::chrono::seconds(0) ? fmt::format("{} h", span / std::chrono::hours(1))
                                                                   : fmt::format("{} s", span.count());
}

std::string named(const std::vector<Job>& jobs) {
    if (jobs.size() > 1) return fmt::format("a list of {} users", jobs.size());
    return jobs.front().user;
}

/// What a decision makes of its job where nothing is applied; false: it is to be applied, or looked at as a held one.
bool is_final(const DeferredDecision& decision, JobResult& result, Job& job) {
    result.audit.rule = decision.rule;
    result.audit.place = decision.place;
    switch (decision.kind) {
        case DeferredDecision::Kind::undecided:
        case DeferredDecision::Kind::leave:
            change(result, JobResult::State::left);
            result.audit.outcome = decision.action;
            result.audit.reason = decision.reason;
            result.audit.detail = decision.detail;
            return true;
        case DeferredDecision::Kind::hold:
            job.held = true;
            result.audit.detail = decision.detail;
            break;
        case DeferredDecision::Kind::apply:
            break;
    }
    auto& input = job.input;
    if (decision.sender) input.sender = decision.sender;
    input.schedule_agent = decision.schedule_agent;
    input.partstat = decision.partstat;
    input.sender_known = decision.sender_known;
    input.sent_by_allowed = decision.sent_by_allowed;
    input.publish_allowed = decision.publish_allowed;
    return false;
}

}  // namespace

Batch::Batch(CourierHost& host, const std::vector<itip::ReplyMark>& marks, base::Now clock)
    : host_(host),
      schedule_(host.schedule()),
      now_(host.now()),
      clock_(std::move(clock)),
      before_(by_key(marks)),
      marks_(before_) {}

MarkChanges Batch::mark_changes() const {
    return changes_between(before_, marks_);
}

void Batch::run(Jobs jobs) {
    if (!jobs.empty() && jobs.front().job.user.empty()) {  // then all are: the queue keeps users apart
        for (const auto& queued : jobs) {
            if (is_left(queued, results_.size())) return;
            results_.push_back(is_unread(queued.job) ? read(queued) : find_user(queued));
        }
        return;
    }
    while (!jobs.empty()) {
        std::size_t run = 1;
        while (run < jobs.size() && same_calendar(jobs[run].job, jobs.front().job))
            ++run;
        const auto rest = deliver(jobs.first(run));
        jobs = jobs.subspan(run);
        if (rest == Rest::is_left) return;
        if (rest == Rest::waits) {
            fail(jobs, waits_for_earlier());
            return;
        }
    }
}

base::Deadline Batch::decide_by() {
    if (!decide_by_) decide_by_ = clock_() + time_to_decide;
    return *decide_by_;
}

/// Whether there is no time for this one, which comes after this many results.
bool Batch::is_left(const QueuedJob& queued, std::size_t results) {
    return results > 0 && !queued.job.decided && clock_() >= decide_by();
}

/// A job whose recipient was not known: in its place comes one for each of the recipient's users, which is then decided
/// as any other.
JobResult Batch::find_user(const QueuedJob& queued) {
    auto found = guarded([&] { return host_.find_users(queued.job, decide_by()); });
    asked_[Target{}] = failure_of(found);
    if (!found) return put_back(queued, as_temporary(found.error()));
    auto result = result_of(queued.job, JobResult::State::done, now_);
    if (!found->jobs.empty()) {
        result.audit.outcome = "deferred";
        result.audit.detail = queued.job.address + " is " + named(found->jobs);
        result.successors = std::move(*found);
    } else {
        result.audit.outcome = itip::word(Outcome::Kind::unchanged);
        result.audit.detail = queued.job.address + " is not a configured user";
    }
    return result;
}

/// A mail that could not be read in time: in its place comes what it asks for.
JobResult Batch::read(const QueuedJob& queued) {
    auto reading = guarded([&] { return host_.read(queued.job, decide_by()); });
    if (!reading) return put_back(queued, as_temporary(reading.error()));
    asked_[Target{}] = std::nullopt;
    auto result = result_of(queued.job, JobResult::State::done, now_);
    result.audit.detail = std::move(reading->detail);
    result.successors = std::move(reading->successors);
    return result;
}

/// What a reply, or the lack of one, says of a backend and of the user's calendars in it. Calendars on this machine
/// fail each for itself.
void Batch::note(const Connector& connector, const Job& job, const std::optional<Temporary>& failure) {
    const Target all{job.backend, {}}, own{job.backend, job.user};
    if (failure && failure->reach == base::Reach::backend && !connector.immediate()) {
        asked_[all] = failure;
        return;
    }
    asked_[all] = std::nullopt;
    asked_[own] = failure && failure->reach != base::Reach::write ? failure : std::nullopt;
}

/// A result for all of these jobs.
Batch::Rest Batch::deliver(Jobs jobs) {
    const auto& job = jobs.front().job;
    const auto connector =
        guarded([&]() -> Result<std::shared_ptr<Connector>> { return host_.connector(job.backend); });
    if (!connector) return fail(jobs, connector.error());
    if (!*connector)
        return fail(jobs, Temporary{"backend '" + job.backend + "' is not in the configuration", std::nullopt});
    std::string changed;
    for (int i = 0; i < conflicts_at_once; ++i) {
        const auto before = guarded([&] { return (*connector)->fetch({job.user, job.address}, job.uid); });
        note(**connector, job, failure_of(before));
        if (!before) return fail(jobs, before.error());
        auto draft = apply_all(jobs, *before);
        const auto saved = guarded([&] { return draft.save(**connector, job, *before); });
        note(**connector, job, failure_of(saved));
        if (saved) return finish(jobs, std::move(draft));
        if (const auto* conflict = std::get_if<Conflict>(&saved.error())) {
            changed = conflict->detail;
            continue;
        }
        const bool is_refused = std::holds_alternative<Permanent>(saved.error()) || is_slow(saved.error());
        return is_refused && jobs.size() > 1 ? deliver_each(jobs) : fail(jobs, saved.error());
    }
    return fail(jobs, Temporary{fmt::format("the event was changed by others {} times during the update: {}",
                                            conflicts_at_once, changed),
                                std::nullopt});
}

/// One of them makes an object that the calendar does not take: find out which, so that the others get there.
Batch::Rest Batch::deliver_each(Jobs jobs) {
    for (std::size_t next = 0; next < jobs.size(); ++next) {
        const auto rest = deliver(jobs.subspan(next, 1));
        if (rest == Rest::waits) return fail(jobs.subspan(next + 1), waits_for_earlier());
        if (rest == Rest::is_left) return rest;
    }
    return Rest::goes_on;
}

/// What was applied is stored.
Batch::Rest Batch::finish(Jobs jobs, Draft draft) {
    const auto rest = jobs.subspan(draft.results.size());
    results_.insert(results_.end(), std::make_move_iterator(draft.results.begin()),
                    std::make_move_iterator(draft.results.end()));
    marks_ = std::move(draft.marks);
    if (draft.stopped) return fail(rest, *draft.stopped);
    return rest.empty() ? Rest::goes_on : Rest::is_left;
}

Draft Batch::apply_all(Jobs jobs, const std::optional<Stored>& before) {
    Draft draft{.object = before, .marks = marks_};
    for (const auto& queued : jobs) {
        if (is_left(queued, results_.size() + draft.results.size())) break;
        try {
            draft.stopped = apply(queued, draft);
        } catch (const std::exception& error) {
            draft.stopped = Temporary{error.what(), std::nullopt};
        }
        if (draft.stopped) break;
    }
    return draft;
}

/// One job on top of the object, decided before when that is still to be done. See Draft::apply().
std::optional<Temporary> Batch::apply(const QueuedJob& queued, Draft& draft) {
    auto job = queued.job;
    auto result = result_of(job, JobResult::State::done, now_);
    if (!job.decided) {
        const auto decision = host_.decide(job, draft.object, decide_by());
        if (decision.kind == DeferredDecision::Kind::undecided) {  // those behind it do not wait for that
            draft.results.push_back(put_back(queued, {decision.detail, std::nullopt}, decision.give_up_after));
            return std::nullopt;
        }
        if (is_final(decision, result, job)) {
            draft.results.push_back(std::move(result));
            return std::nullopt;
        }
    }
    return draft.apply(host_, std::move(job), std::move(result));
}

/// The same trouble for all of these jobs.
Batch::Rest Batch::fail(Jobs jobs, const Trouble& trouble) {
    auto rest = Rest::goes_on;
    for (const auto& queued : jobs) {
        if (std::holds_alternative<Permanent>(trouble)) {
            results_.push_back(result_of(queued.job, JobResult::State::given_up, now_));
            results_.back().audit.detail = detail(trouble);
            continue;
        }
        results_.push_back(put_back(queued, as_temporary(trouble)));
        if (results_.back().state == JobResult::State::waiting) rest = Rest::waits;
    }
    return rest;
}

JobResult Batch::put_back(const QueuedJob& queued, const Temporary& trouble,
                          std::optional<std::chrono::seconds> give_up_after) const {
    auto schedule = trouble.reach == base::Reach::write ? schedule_.slow() : schedule_;
    if (give_up_after) schedule.give_up_after = std::min(schedule.give_up_after, *give_up_after);
    const auto wait = schedule.next(queued.attempts + 1, now_ - queued.job.created, trouble.retry_after);
    auto result = result_of(queued.job, wait ? JobResult::State::waiting : JobResult::State::given_up, now_);
    if (wait) result.due = now_ + *wait;
    result.audit.detail = trouble.detail;
    if (!wait && !queued.job.decided)
        result.audit.detail =
            fmt::format("no decision within {}: {}", words_of(schedule.give_up_after), trouble.detail);
    return result;
}

}  // namespace calendar::delivery
