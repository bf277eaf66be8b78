#include "calendar/delivery/queue.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "calendar/delivery/due_events.h"
#include "calendar/delivery/known_events.h"
#include "calendar/delivery/payload.h"
#include "calendar/delivery/rows.h"

namespace calendar::delivery {

namespace {

using Row = Database::Row;
using Type = Database::Type;
using itip::ReplyMark;

constexpr long long deleted_at_once = 500;  // so that a commit never waits long for expire()
/// Until that program is installed again; meanwhile the other jobs of the event wait too, so that none overtakes.
constexpr std::chrono::hours wait_for_newer_program{1};

}  // namespace

class Queue::Work {
  public:
    explicit Work(State& of) : state(of) {}

    /// The oldest waiting jobs of an event. What becomes of those that cannot be read goes to `unreadable`.
    static std::vector<QueuedJob> jobs_of(Database& reader, const Event& event, std::vector<JobResult>& unreadable,
                                          Time now) {
        std::vector<QueuedJob> jobs;
        std::size_t bytes = 0;
        reader.rows(
            fmt::format("SELECT {}, payload, attempts FROM jobs WHERE owner = :owner AND uid = :uid AND state = "
                        "'waiting' ORDER BY created, position LIMIT :limit",
                        job_columns),
            job_types({Type::text, Type::integer}), {event.first, event.second, static_cast<long long>(jobs_at_once)},
            [&](Row& row) {
                bytes += text(row[13]).size();
                try {
                    jobs.push_back({read_job(row), static_cast<std::size_t>(number(row[14]))});
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

    static JobResult put_aside(Row& row, JobResult::State state, const std::string& why, Time now) {
        const auto job = summary_of(row);
        JobResult result{.state = state, .job = job.id, .due = now + wait_for_newer_program, .audit = {}};
        result.audit = audit_row(job, state == JobResult::State::waiting ? "retry" : "given_up", now);
        result.audit.detail = why;
        return result;
    }

    State& state;
    DueEvents due_events;  // touched only while state.read() runs
};

Queue::Queue(State& state) : work_(std::make_unique<Work>(state)) {}
Queue::~Queue() = default;

std::size_t Queue::commit(const std::vector<Job>& jobs, const std::vector<AuditRow>& audit, base::Deadline deadline) {
    std::vector<std::string> payloads;  // made here, in the caller's thread: the writer's time is everybody's
    payloads.reserve(jobs.size());
    for (const auto& job : jobs)
        payloads.push_back(payload_text(job));
    std::size_t fresh = 0;
    const auto work = [&](Database& database) {
        fresh = 0;
        for (std::size_t i = 0; i < jobs.size(); ++i)
            if (insert(database, jobs[i], payloads[i])) ++fresh;
        for (const auto& row : audit)
            insert(database, row);
    };
    work_->state.writer().write(work, Database::Durable::at_once, deadline);
    return fresh;
}

std::vector<QueuedJob> Queue::take(Time now, std::chrono::seconds patience) {
    while (true) {
        std::vector<JobResult> unreadable;
        Event event;
        auto jobs = work_->state.read([&](Database& reader) -> std::vector<QueuedJob> {
            const auto next = work_->due_events.next(reader, now - patience);
            if (!next) return {};
            event = next->event;
            auto read = Work::jobs_of(reader, event, unreadable, now);
            // None: another program ended them in between.
            if (!read.empty() || !unreadable.empty()) work_->due_events.take(*next);
            return read;
        });
        if (unreadable.empty()) return jobs;
        settle(event.first, event.second, unreadable, std::nullopt, now);
    }
}

std::optional<Time> Queue::next_due() const {
    return work_->state.read([this](Database& reader) { return work_->due_events.next_due(reader); });
}

void Queue::note(const Target& target, TargetState state) {
    work_->state.read([&](Database&) { work_->due_events.note(target, state); });
}

void Queue::settle(const std::string& user, const std::string& uid, const std::vector<JobResult>& jobs,
                   const std::optional<std::vector<ReplyMark>>& marks, Time now) {
    const Event event(user, uid);
    // Also when the write fails: the jobs wait in the database, and whoever takes them must be able to.
    const auto give_back = [this](const Event* of) {
        work_->state.read([this, of](Database&) { work_->due_events.give_back(*of); });
    };
    const std::unique_ptr<const Event, decltype(give_back)> finally(&event, give_back);
    std::vector<std::string> successors;  // payloads
    successors.reserve(jobs.size());
    for (const auto& result : jobs)
        successors.push_back(result.successor ? payload_text(*result.successor) : std::string());
    // What a power cut takes away here is a job that is done again, and finds its own work in the calendar.
    const auto work = [&](Database& database) {
        std::optional<Time> due;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            const auto& result = jobs[i];
            update(database, result);
            insert(database, result.audit);
            if (result.successor) insert(database, *result.successor, successors[i]);
            if (result.has_event) remember_event(database, user, uid, now);
            if (result.state == JobResult::State::waiting) due = std::max(due, std::optional(result.due));
        }
        if (due)
            database.run(
                "UPDATE jobs SET due = :due WHERE owner = :owner AND uid = :uid AND state = 'waiting' AND due < "
                ":before",
                {seconds(*due), user, uid, seconds(*due)});
        if (marks) write_marks(database, event, *marks, now);
    };
    work_->state.writer().write(work, Database::Durable::soon);
}

std::vector<ReplyMark> Queue::marks(const std::string& user, const std::string& uid) const {
    return work_->state.read([&](Database& reader) { return read_marks(reader, {user, uid}); });
}

Queue::Counts Queue::counts() const {
    const auto count = [this](std::string_view statement) {
        std::size_t jobs = 0;
        work_->state.read([&](Database& reader) {
            reader.rows(statement, {Type::integer}, {}, [&jobs](Row& row) {
                jobs = static_cast<std::size_t>(number(row[0]));
                return true;
            });
        });
        return jobs;
    };
    return {count("SELECT COUNT(*) FROM jobs WHERE state = 'waiting'"),
            count("SELECT COUNT(*) FROM jobs WHERE state = 'given_up'"),
            count("SELECT COUNT(*) FROM jobs WHERE state = 'held'")};
}

std::vector<AuditRow> Queue::audit(std::size_t limit) const {
    std::vector<AuditRow> rows;
    const auto read = [&](Database& reader) {
        reader.rows(
            "SELECT time, queue_id, job, owner, uid, method, event, outcome, reason, rule, place, detail FROM audit "
            "ORDER BY position DESC LIMIT :limit",
            {Type::integer, Type::text, Type::text, Type::text, Type::text, Type::text, Type::text, Type::text,
             Type::text, Type::text, Type::text, Type::text},
            {static_cast<long long>(limit)}, [&rows](Row& row) {
                rows.push_back({.time = Time(std::chrono::seconds(number(row[0]))),
                                .queue_id = text(row[1]),
                                .job = text(row[2]),
                                .user = text(row[3]),
                                .uid = text(row[4]),
                                .method = text(row[5]),
                                .event = text(row[6]),
                                .outcome = text(row[7]),
                                .reason = text(row[8]),
                                .rule = text(row[9]),
                                .place = text(row[10]),
                                .detail = text(row[11])});
                return true;
            });
    };
    work_->state.read(read);
    std::reverse(rows.begin(), rows.end());
    return rows;
}

std::vector<JobSummary> Queue::held() const {
    return work_->state.read([](Database& reader) { return read_held(reader, Time::max()); });
}

std::optional<Job> Queue::held_job(const std::string& id) const {
    std::optional<Job> job;
    const auto read = [&](Database& reader) {
        reader.rows(fmt::format("SELECT {}, payload FROM jobs WHERE id = :id AND state = 'held'", job_columns),
                    job_types({Type::text}), {id}, [&job](Row& row) {
                        job = read_job(row);
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
                       "UPDATE jobs SET state = 'waiting', due = :due, attempts = 0, decided = :decided, payload = "
                       ":payload WHERE id = :id AND state = 'held'",
                       {seconds(now), job.decided ? 1LL : 0LL, payload, job.id}) > 0;
        if (was_held) insert(database, audit);
    });
    return was_held;
}

bool Queue::dismiss(const std::string& job, const AuditRow& audit, Time now) {
    bool was_held = false;
    work_->state.writer().write([&](Database& database) {
        was_held = database.run(
                       "UPDATE jobs SET state = 'done', due = :due, payload = '' WHERE id = :id AND state = "
                       "'held'",
                       {seconds(now), job}) > 0;
        if (was_held) insert(database, audit);
    });
    return was_held;
}

void Queue::expire(const Expiry& expiry, Time now) {
    work_->state.writer().write([&](Database& database) {
        database.run("UPDATE jobs SET due = :now WHERE state = 'waiting' AND due > :latest",
                     {seconds(now), seconds(now + expiry.longest_wait)});
    });
    const auto too_old = work_->state.read([&](Database& reader) { return read_held(reader, expiry.held_before); });
    for (const auto& job : too_old)
        dismiss(job.id, audit_row(job, "expired", now), now);
    // Indexes by time would cost every commit pages. So the reader walks through the rows once, while commits go on,
    // and the writer deletes what it found, helping by helping.
    const auto forget = [this](std::string_view find, std::string_view forget_those, Time before) {
        for (long long from = 0, to = 0;; from = to) {
            work_->state.read([&](Database& reader) {
                reader.rows(find, {Type::integer}, {from, seconds(before), deleted_at_once}, [&to](Row& row) {
                    to = number(row[0]);
                    return true;
                });
            });
            if (to == from) return;
            work_->state.writer().write([&](Database& database) {
                database.run(forget_those, {from, to, seconds(before)});
            });
        }
    };
    forget(
        "SELECT position FROM jobs WHERE position > :from AND state = 'done' AND due < :before ORDER BY position "
        "LIMIT :limit",
        "DELETE FROM jobs WHERE position > :from AND position <= :to AND state = 'done' AND due < :before",
        expiry.done_before);
    forget("SELECT position FROM marks WHERE position > :from AND changed < :before ORDER BY position LIMIT :limit",
           "DELETE FROM marks WHERE position > :from AND position <= :to AND changed < :before", expiry.done_before);
    forget("SELECT position FROM audit WHERE position > :from AND time < :before ORDER BY position LIMIT :limit",
           "DELETE FROM audit WHERE position > :from AND position <= :to AND time < :before", expiry.audit_before);
}

}  // namespace calendar::delivery
