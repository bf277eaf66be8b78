#include "calendar/delivery/queue.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/due_events.h"
#include "calendar/delivery/state/audit.h"
#include "calendar/delivery/state/due.h"
#include "calendar/delivery/state/housekeeping.h"
#include "calendar/delivery/state/known_events.h"
#include "calendar/delivery/state/payload.h"
#include "calendar/delivery/state/rows.h"

namespace calendar::delivery {

namespace {

using Row = Database::Row;
using Type = Database::Type;
using itip::ReplyMark;

/// Until that program is installed again; meanwhile the other jobs of the event wait too, so that none overtakes.
constexpr std::chrono::hours wait_for_newer_program{1};

/// Made in the caller's thread: the writer's time is everybody's.
std::vector<std::string> payloads_of(const std::vector<Job>& jobs) {
    std::vector<std::string> payloads;
    payloads.reserve(jobs.size());
    for (const auto& job : jobs)
        payloads.push_back(payload_text(job));
    return payloads;
}

/// A part of a transaction. Returns how many of the jobs were new or woken.
std::size_t add(Database& database, const std::vector<Job>& jobs, const std::vector<std::string>& payloads,
                const std::vector<AuditRow>& audit, const std::vector<KeptMessage>& kept) {
    std::size_t fresh = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        if (insert(database, jobs[i], payloads[i])) ++fresh;
    for (const auto& message : kept) {  // after the jobs: one that is woken may forget it
        keep_message(database, message);
        forget_unneeded(database, {.content = message.id, .mail = {}});  // all of its jobs were known
    }
    for (const auto& row : audit)
        insert(database, row);
    return fresh;
}

}  // namespace

class Queue::Work {
  public:
    Work(State& of, base::Now now) : state(of), due_events(std::move(now)), room(of) {}

    /// The oldest waiting jobs of an event, decided or not. What becomes of those that cannot be read goes to
    /// `unreadable`.
    static std::vector<QueuedJob> jobs_of(Database& reader, const DueEvents::DueEvent& due,
                                          std::vector<JobResult>& unreadable, Time now) {
        const auto& [user, uid] = due.event;
        std::vector<QueuedJob> jobs;
        std::size_t bytes = 0;
        reader.rows(
            fmt::format("SELECT {}, payload, attempts FROM jobs WHERE owner = :owner AND uid = :uid AND state = "
                        "'waiting' AND decided = :decided AND (decided = 1 OR due <= :now) ORDER BY created, position "
                        "LIMIT :limit",
                        job_columns),
            job_types({Type::text, Type::integer}),
            {user, uid, static_cast<long long>(due.kind), seconds(now), static_cast<long long>(jobs_at_once)},
            [&](Row& row) {
                bytes += text(row[payload_column]).size();
                try {
                    auto job = read_job(row, content_of(reader, row));
                    bytes += job.content.empty() ? 0 : job.input.message.size();
                    jobs.push_back({std::move(job), attempts_of(row)});
                } catch (const NewerPayload& newer) {
                    unreadable.push_back(put_aside(row, JobResult::State::waiting, newer.what(), now));
                } catch (const std::exception& error) {
                    unreadable.push_back(put_aside(row, JobResult::State::given_up,
                                                   fmt::format("cannot read this job: {}", error.what()), now));
                }
                return bytes < bytes_at_once;
            });
        return jobs;
    }

    static std::optional<std::string> content_of(Database& reader, Row& row) {
        const auto& id = text(row[content_column]);
        return id.empty() ? std::nullopt : delivery::kept_message(reader, id);
    }

    static std::size_t attempts_of(const Row& row) { return static_cast<std::size_t>(number(row[payload_column + 1])); }

    static JobResult put_aside(Row& row, JobResult::State state, const std::string& why, Time now) {
        const auto job = summary_of(row);
        JobResult result{.state = state,
                         .job = job.id,
                         .due = now + wait_for_newer_program,
                         .audit = audit_row(job, event_word(state), now)};
        result.audit.detail = why;
        result.audit.attempt = attempts_of(row) + 1;
        return result;
    }

    State& state;
    DueEvents due_events;  // touched only while state.read() runs
    Room room;
};

Queue::Queue(State& state, base::Now now) : work_(std::make_unique<Work>(state, std::move(now))) {}
Queue::~Queue() = default;

std::size_t Queue::commit(const std::vector<Job>& jobs, const std::vector<AuditRow>& audit, base::Deadline deadline,
                          const std::vector<KeptMessage>& kept) {
    const auto payloads = payloads_of(jobs);
    std::size_t fresh = 0;
    const auto work = [&](Database& database) { fresh = add(database, jobs, payloads, audit, kept); };
    work_->state.writer().write(work, Database::Durable::at_once, deadline);
    return fresh;
}

Reservation Queue::reserve(Kept kind, std::size_t bytes, std::size_t limit, const std::optional<std::string>& domain) {
    return work_->room.reserve(kind, bytes, limit, domain);
}

std::size_t Queue::bytes_of(const Job& job) {
    return payload_text(job).size();
}

std::optional<std::string> Queue::kept_message(const std::string& id) const {
    return work_->state.read([&id](Database& reader) { return delivery::kept_message(reader, id); });
}

std::vector<QueuedJob> Queue::take(Time now, std::chrono::seconds patience, std::size_t undecided_at_once) {
    while (true) {
        std::vector<JobResult> unreadable;
        Event event;
        auto jobs = work_->state.read([&](Database& reader) -> std::vector<QueuedJob> {
            const auto next = work_->due_events.next(reader, now - patience, undecided_at_once);
            if (!next) return {};
            event = next->event;
            auto read = Work::jobs_of(reader, *next, unreadable, now);
            // None: another program ended them in between.
            if (!read.empty() || !unreadable.empty()) work_->due_events.take(*next);
            return read;
        });
        if (unreadable.empty()) return jobs;
        settle(event.first, event.second, unreadable, {}, now);
    }
}

std::optional<Time> Queue::next_due(std::size_t undecided_at_once) const {
    return work_->state.read([&](Database& reader) { return work_->due_events.next_due(reader, undecided_at_once); });
}

bool Queue::note(const Target& target, TargetState state, Time now) {
    bool was_out = false, changed = false;
    work_->state.read([&](Database&) {
        was_out = work_->due_events.is_out(target);
        changed = work_->due_events.note(target, state);
    });
    if (was_out && changed)
        work_->state.writer().write([&](Database& database) { wake_waiting(database, target, now); });
    return changed;
}

void Queue::wake(Time now) {
    work_->state.writer().write([now](Database& database) { wake_waiting(database, now); });
}

void Queue::settle(const std::string& user, const std::string& uid, const std::vector<JobResult>& jobs,
                   const MarkChanges& marks, Time now) {
    const Event event(user, uid);
    // Also when the write fails: the jobs wait in the database, and whoever takes them must be able to.
    const auto give_back = [this](const Event* of) {
        work_->state.read([this, of](Database&) { work_->due_events.give_back(*of); });
    };
    const std::unique_ptr<const Event, decltype(give_back)> finally(&event, give_back);
    std::vector<std::vector<std::string>> successors;  // payloads
    successors.reserve(jobs.size());
    for (const auto& result : jobs)
        successors.push_back(result.successors ? payloads_of(result.successors->jobs) : std::vector<std::string>());
    const auto taken = work_->state.read([&](Database&) { return work_->due_events.taken_kind(event); });
    // What a power cut takes away here is a job that is done again, and finds its own work in the calendar.
    const auto work = [&](Database& database) {
        std::optional<Time> due;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            const auto& result = jobs[i];
            // The same message came again meanwhile and was decided: it waits for its own try.
            if (taken == JobKind::undecided && is_decided(database, result.job)) continue;
            insert(database, result.audit);
            if (const auto& in_its_place = result.successors) {
                add(database, in_its_place->jobs, successors[i], in_its_place->audit, in_its_place->kept);
                forget(database, result.job);  // last: what both name is forgotten when nobody needs it
            } else {
                update(database, result);
            }
            if (result.has_event) remember_event(database, user, uid, now);
            if (result.state == JobResult::State::waiting && is_decided(database, result.job))
                due = std::max(due, std::optional(result.due));
        }
        if (due)
            database.run(
                "UPDATE jobs SET due = :due WHERE owner = :owner AND uid = :uid AND state = 'waiting' AND due < "
                ":before",
                {seconds(*due), user, uid, seconds(*due)});
        if (taken == JobKind::decided) wake_undecided(database, event, now);
        write_marks(database, event, marks, now);
    };
    work_->state.writer().write(work, Database::Durable::soon);
    work_->room.something_is_less();
}

std::vector<ReplyMark> Queue::marks(const std::string& user, const std::string& uid,
                                    const std::optional<std::vector<std::string>>& attendees) const {
    return work_->state.read([&](Database& reader) { return read_marks(reader, {user, uid}, attendees); });
}

Queue::Counts Queue::counts() const {
    return work_->state.read([](Database& reader) {
        const auto count = [&reader](std::string_view of_state) {
            long long jobs = 0;
            reader.rows(fmt::format("SELECT COUNT(*) FROM jobs WHERE state = '{}'", of_state), {Type::integer}, {},
                        [&jobs](Row& row) {
                            jobs = number(row[0]);
                            return true;
                        });
            return static_cast<std::size_t>(jobs);
        };
        return Counts{count("waiting"), count("given_up"), count("held")};
    });
}

std::vector<AuditRow> Queue::audit(std::size_t limit) const {
    return work_->state.read([limit](Database& reader) { return newest_rows(reader, limit); });
}

std::vector<JobSummary> Queue::held() const {
    return work_->state.read(
        [](Database& reader) { return read_held(reader, Time::max(), std::numeric_limits<long long>::max()); });
}

std::vector<JobSummary> Queue::held(const Event& event, const std::string& sender) const {
    constexpr std::size_t most = 100;
    return work_->state.read([&](Database& reader) { return read_held(reader, event, sender, most); });
}

std::optional<Job> Queue::held_job(const std::string& id) const {
    std::optional<Job> job;
    const auto read = [&](Database& reader) {
        reader.rows(fmt::format("SELECT {}, payload FROM jobs WHERE id = :id AND state = 'held'", job_columns),
                    job_types({Type::text}), {id}, [&](Row& row) {
                        job = read_job(row, Work::content_of(reader, row));
                        return true;
                    });
    };
    try {
        work_->state.read(read);
    } catch (const nlohmann::json::exception& error) {
        throw std::runtime_error(fmt::format("cannot read this item: {}", error.what()));
    } catch (const std::invalid_argument& error) {
        throw std::runtime_error(fmt::format("cannot read this item: {}", error.what()));
    }
    return job;
}

bool Queue::release(const Job& job, const AuditRow& audit, Time now) {
    bool was_held = false;
    const auto payload = payload_text(job);
    work_->state.writer().write([&](Database& database) {
        was_held = database.run(
                       "UPDATE jobs SET position = (SELECT MAX(position) + 1 FROM jobs), state = 'waiting', due = "
                       ":due, created = :created, attempts = 0, decided = :decided, "
                       "bytes = :bytes, payload = :payload WHERE id = :id AND state = 'held'",
                       {seconds(now), seconds(now), job.decided ? 1LL : 0LL, static_cast<long long>(payload.size()),
                        payload, job.id}) > 0;
        if (was_held) insert(database, audit);
    });
    work_->room.something_is_less();
    return was_held;
}

bool Queue::dismiss(const std::string& job, const AuditRow& audit, Time now) {
    bool was_held = false;
    work_->state.writer().write([&](Database& database) {
        was_held = drop_held(database, job, now);
        if (was_held) insert(database, audit);
    });
    work_->room.something_is_less();
    return was_held;
}

void Queue::expire(const Expiry& expiry, Time now) {
    forget_old(work_->state, expiry, now);
    work_->room.something_is_less();
    give_back_space(work_->state);
}

}  // namespace calendar::delivery
