#include "calendar/delivery/rows.h"

#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/payload.h"

namespace calendar::delivery {

using Row = Database::Row;
using Type = Database::Type;
using itip::ReplyMark;

long long seconds(Time time) {
    return time.time_since_epoch().count();
}
long long number(const Database::Value& value) {
    return std::get<long long>(value);
}
std::string& text(Database::Value& value) {
    return std::get<std::string>(value);
}

/// Mail is bytes, JSON is UTF-8. What apply() reads was checked long before; for the rest (a fact for people) a
/// replacement character is better than a message that cannot be queued.
std::string payload_text(const Job& job) {
    return payload_of(job).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace {

std::string text_of(const std::optional<itip::Address>& address) {
    return address ? address->text() : std::string();
}

}  // namespace

bool insert(Database& database, const Job& job, const std::string& payload) {
    // Due with the newest that waits for the same event, so that it does not overtake one that waits for its next try.
    // A known job that is woken keeps its place among those of its event.
    return database.run(
               "INSERT INTO jobs (id, owner, uid, backend, decided, state, due, created, attempts, queue_id, sender, "
               "recipient, method, rule, place, payload) VALUES (:id, :owner, :uid, :backend, :decided, :state, "
               "COALESCE((SELECT due FROM jobs WHERE owner = :same_owner AND uid = :same_uid AND state = 'waiting' "
               "ORDER BY created DESC, position DESC LIMIT 1), :due), :created, 0, :queue_id, :sender, :recipient, "
               ":method, :rule, :place, :payload) ON CONFLICT (id) DO UPDATE SET backend = excluded.backend, decided = "
               "excluded.decided, state = excluded.state, due = excluded.created, attempts = 0, queue_id = "
               "excluded.queue_id, rule = excluded.rule, place = excluded.place, payload = excluded.payload "
               "WHERE jobs.state = 'given_up' OR (jobs.state = 'held' AND excluded.state = "
               "'waiting') OR (jobs.state = 'waiting' AND jobs.decided = 0 AND excluded.state = 'waiting' AND "
               "excluded.decided = 1)",
               {job.id, job.user, job.uid, job.backend, job.decided ? 1LL : 0LL,
                std::string(job.held ? "held" : "waiting"), job.user, job.uid, seconds(job.created),
                seconds(job.created), job.queue_id, text_of(job.input.sender),
                job.input.envelope_recipient ? text_of(job.input.envelope_recipient) : job.address,
                std::string(itip::word(job.method)), job.rule, job.place, payload}) > 0;
}

void insert(Database& database, const AuditRow& row) {
    database.run(
        "INSERT INTO audit (time, queue_id, job, owner, uid, method, event, outcome, reason, rule, place, detail) "
        "VALUES "
        "(:time, :queue_id, :job, :owner, :uid, :method, :event, :outcome, :reason, :rule, :place, :detail)",
        {seconds(row.time), row.queue_id, row.job, row.user, row.uid, row.method, row.event, row.outcome, row.reason,
         row.rule, row.place, row.detail});
}

void update(Database& database, const JobResult& result) {
    switch (result.state) {
        case JobResult::State::done:
            database.run(
                "UPDATE jobs SET state = 'done', due = :done, attempts = attempts + 1, payload = '' WHERE id = :id",
                {seconds(result.audit.time), result.job});
            break;
        case JobResult::State::given_up:
            database.run("UPDATE jobs SET state = 'given_up', due = :done, attempts = attempts + 1 WHERE id = :id",
                         {seconds(result.audit.time), result.job});
            break;
        case JobResult::State::held:
            database.run("UPDATE jobs SET state = 'held', due = :due, attempts = attempts + 1 WHERE id = :id",
                         {seconds(result.audit.time), result.job});
            break;
        case JobResult::State::waiting:
            database.run("UPDATE jobs SET attempts = attempts + 1 WHERE id = :id", {result.job});
            break;
    }
}

std::vector<Type> job_types(std::initializer_list<Type> others) {
    std::vector<Type> types{Type::text, Type::text, Type::text, Type::text, Type::integer, Type::text, Type::integer,
                            Type::text, Type::text, Type::text, Type::text, Type::text,    Type::text};
    types.insert(types.end(), others);
    return types;
}

JobSummary summary_of(Row& row) {
    return {.id = text(row[0]),
            .created = Time(std::chrono::seconds(number(row[6]))),
            .queue_id = text(row[7]),
            .user = text(row[1]),
            .uid = text(row[2]),
            .sender = text(row[11]),
            .recipient = text(row[12]),
            .method = text(row[8]),
            .rule = text(row[9]),
            .place = text(row[10])};
}

Job read_job(Row& row) {
    const auto method = itip::method_of(text(row[8]));
    if (!method) throw std::invalid_argument("unknown method " + text(row[8]));
    Job job;
    job.id = text(row[0]);
    job.user = text(row[1]);
    job.uid = text(row[2]);
    job.backend = text(row[3]);
    job.decided = number(row[4]) != 0;
    job.held = text(row[5]) == "held";
    job.created = Time(std::chrono::seconds(number(row[6])));
    job.queue_id = text(row[7]);
    job.method = *method;
    job.rule = text(row[9]);
    job.place = text(row[10]);
    read_payload(job, nlohmann::json::parse(text(row[13])));
    return job;
}

std::vector<JobSummary> read_held(Database& database, Time before) {
    std::vector<JobSummary> jobs;
    database.rows(
        fmt::format("SELECT {} FROM jobs WHERE state = 'held' AND created < :before ORDER BY position", job_columns),
        job_types(), {seconds(before)}, [&jobs](Row& row) {
            jobs.push_back(summary_of(row));
            return true;
        });
    return jobs;
}

std::vector<ReplyMark> read_marks(Database& database, const Event& event) {
    std::vector<ReplyMark> marks;
    database.rows(
        "SELECT attendee, recurrence_id, sequence, dtstamp FROM marks WHERE owner = :owner AND uid = :uid "
        "ORDER BY attendee, recurrence_id",
        {Type::text, Type::text, Type::integer, Type::text}, {event.first, event.second}, [&marks](Row& row) {
            marks.push_back({.attendee = text(row[0]),
                             .recurrence_id = text(row[1]),
                             .sequence = number(row[2]),
                             .dtstamp = text(row[3])});
            return true;
        });
    return marks;
}

/// Writes only what differs: an event with many attendees changes one mark a reply.
void write_marks(Database& database, const Event& event, const std::vector<ReplyMark>& wanted, Time now) {
    std::map<std::pair<std::string, std::string>, ReplyMark> there;
    for (auto& mark : read_marks(database, event))
        there.insert_or_assign({mark.attendee, mark.recurrence_id}, mark);
    for (const auto& mark : wanted) {
        const auto found = there.extract({mark.attendee, mark.recurrence_id});
        if (found && found.mapped() == mark) continue;
        database.run(
            "INSERT INTO marks (owner, uid, attendee, recurrence_id, sequence, dtstamp, changed) VALUES (:owner, :uid, "
            ":attendee, "
            ":recurrence_id, :sequence, :dtstamp, :changed) ON CONFLICT (owner, uid, attendee, recurrence_id) DO "
            "UPDATE SET "
            "sequence = excluded.sequence, dtstamp = excluded.dtstamp, changed = excluded.changed",
            {event.first, event.second, mark.attendee, mark.recurrence_id, static_cast<long long>(mark.sequence),
             mark.dtstamp, seconds(now)});
    }
    for (const auto& [key, mark] : there)
        database.run(
            "DELETE FROM marks WHERE owner = :owner AND uid = :uid AND attendee = :attendee AND recurrence_id = "
            ":recurrence_id",
            {event.first, event.second, key.first, key.second});
}

}  // namespace calendar::delivery
