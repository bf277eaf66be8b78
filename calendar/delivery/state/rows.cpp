#include "calendar/delivery/state/rows.h"

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/state/due.h"
#include "calendar/delivery/state/kept_messages.h"
#include "calendar/delivery/state/payload.h"

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
    // A known job that is woken is as new. Of a done one, `decided` says that it was applied: what it brought may be in
    // the calendar still.
    const auto before = kept_ids(database, job.id);
    const auto& [user, uid] = event_of(job);
    const bool changed =
        database.run(
            "INSERT INTO jobs (id, owner, uid, backend, decided, state, due, created, attempts, queue_id, sender, "
            "domain, recipient, method, rule, place, bytes, content, mail, payload) VALUES (:id, :owner, :uid, "
            ":backend, "
            ":decided, :state, :due, :created, 0, :queue_id, :sender, :domain, :recipient, :method, :rule, :place, "
            ":bytes, "
            ":content, :mail, :payload) ON CONFLICT (id) DO UPDATE SET backend = excluded.backend, decided = "
            "excluded.decided, state = "
            "CASE WHEN jobs.state = 'done' AND jobs.decided = 1 THEN 'waiting' ELSE excluded.state END, due = "
            "excluded.due, created = excluded.created, attempts = 0, queue_id = "
            "excluded.queue_id, rule = excluded.rule, place = excluded.place, bytes = excluded.bytes, content = "
            "excluded.content, mail = excluded.mail, payload = excluded.payload "
            "WHERE jobs.state IN ('given_up', 'done') OR (jobs.state = 'held' AND excluded.state = "
            "'waiting') OR (jobs.state = 'waiting' AND jobs.decided = 0 AND excluded.state = 'waiting' AND "
            "excluded.decided = 1)",
            {job.id, user, uid, job.backend, job.decided ? 1LL : 0LL, std::string(job.held ? "held" : "waiting"),
             due_of(database, job), seconds(job.created), job.queue_id, text_of(job.input.sender), turn_of(job),
             job.input.envelope_recipient ? text_of(job.input.envelope_recipient) : job.address,
             is_unread(job) ? std::string() : std::string(itip::word(job.method)), job.rule, job.place,
             static_cast<long long>(payload.size()), job.content, job.mail, payload}) > 0;
    if (changed) forget_unneeded(database, before);
    return changed;
}

namespace {

/// Only its id is needed from now on.
void empty_job(Database& database, const std::string& job) {
    const auto needed = kept_ids(database, job);
    database.run("UPDATE jobs SET payload = '', bytes = 0, content = '', mail = '' WHERE id = :id", {job});
    forget_unneeded(database, needed);
}

/// What it was undecided for is over.
void forget_mail(Database& database, const std::string& job) {
    const auto needed = kept_ids(database, job);
    if (needed.mail.empty()) return;
    database.run("UPDATE jobs SET mail = '' WHERE id = :id", {job});
    forget_unneeded(database, {.content = {}, .mail = needed.mail});
}

}  // namespace

bool is_decided(Database& database, const std::string& job) {
    bool decided = true;
    database.rows("SELECT decided FROM jobs WHERE id = :id", {Type::integer}, {job}, [&decided](Row& row) {
        decided = number(row[0]) != 0;
        return false;
    });
    return decided;
}

void forget(Database& database, const std::string& job) {
    const auto needed = kept_ids(database, job);
    database.run("DELETE FROM jobs WHERE id = :id", {job});
    forget_unneeded(database, needed);
}

void update(Database& database, const JobResult& result) {
    switch (result.state) {
        case JobResult::State::left:
            forget(database, result.job);
            break;
        case JobResult::State::done:
            database.run(
                "UPDATE jobs SET state = 'done', due = :done, attempts = attempts + 1, decided = CASE WHEN :outcome IN "
                "('created', 'updated', 'removed', 'unchanged') THEN 1 ELSE decided END WHERE id = :id",
                {seconds(result.audit.time), result.audit.outcome, result.job});
            empty_job(database, result.job);
            break;
        case JobResult::State::given_up:
            database.run("UPDATE jobs SET state = 'given_up', due = :done, attempts = attempts + 1 WHERE id = :id",
                         {seconds(result.audit.time), result.job});
            // Nobody has said that it is wanted: if it is, the same mail wakes it.
            if (!is_decided(database, result.job)) empty_job(database, result.job);
            break;
        case JobResult::State::held:
            database.run("UPDATE jobs SET state = 'held', due = :due, attempts = attempts + 1 WHERE id = :id",
                         {seconds(result.audit.time), result.job});
            forget_mail(database, result.job);
            break;
        case JobResult::State::waiting:
            database.run("UPDATE jobs SET due = :due, attempts = attempts + 1 WHERE id = :id",
                         {seconds(result.due), result.job});
            break;
    }
}

bool drop_held(Database& database, const std::string& job, Time now) {
    const bool was_held =
        database.run("UPDATE jobs SET state = 'done', due = :due, decided = 0 WHERE id = :id AND state = 'held'",
                     {seconds(now), job}) > 0;
    if (was_held) empty_job(database, job);
    return was_held;
}

namespace {

/// See event_of().
std::string uid_of(Row& row) {
    const bool is_unread = text(row[1]).empty() && text(row[2]) == text(row[0]);
    return is_unread ? std::string() : text(row[2]);
}

}  // namespace

std::vector<Type> job_types(std::initializer_list<Type> others) {
    std::vector<Type> types{Type::text, Type::text,    Type::text, Type::text, Type::integer,
                            Type::text, Type::integer, Type::text, Type::text, Type::text,
                            Type::text, Type::text,    Type::text, Type::text, Type::text};
    types.insert(types.end(), others);
    return types;
}

JobSummary summary_of(Row& row) {
    return {.id = text(row[0]),
            .created = Time(std::chrono::seconds(number(row[6]))),
            .queue_id = text(row[7]),
            .user = text(row[1]),
            .uid = uid_of(row),
            .sender = text(row[11]),
            .recipient = text(row[12]),
            .method = text(row[8]),
            .rule = text(row[9]),
            .place = text(row[10])};
}

Job read_job(Row& row, const std::optional<std::string>& content) {
    Job job;
    job.id = text(row[0]);
    job.user = text(row[1]);
    job.uid = uid_of(row);
    job.backend = text(row[3]);
    job.decided = number(row[4]) != 0;
    job.held = text(row[5]) == "held";
    job.created = Time(std::chrono::seconds(number(row[6])));
    job.queue_id = text(row[7]);
    if (!is_unread(job)) {
        const auto method = itip::method_of(text(row[8]));
        if (!method) throw std::invalid_argument("unknown method " + text(row[8]));
        job.method = *method;
    }
    job.rule = text(row[9]);
    job.place = text(row[10]);
    job.content = text(row[content_column]);
    job.mail = text(row[14]);
    auto payload = nlohmann::json::parse(text(row[payload_column]));
    if (!job.content.empty()) {
        if (!content) throw std::invalid_argument("the content that it shares with others is missing");
        payload = with_common_content(std::move(payload), *content);
    }
    read_payload(job, std::move(payload));
    return job;
}

std::vector<JobSummary> read_held(Database& database, Time before, std::size_t most) {
    std::vector<JobSummary> jobs;
    database.rows(
        fmt::format("SELECT {} FROM jobs WHERE state = 'held' AND created < :before ORDER BY position LIMIT :most",
                    job_columns),
        job_types(), {seconds(before), static_cast<long long>(most)}, [&jobs](Row& row) {
            jobs.push_back(summary_of(row));
            return true;
        });
    return jobs;
}

std::vector<JobSummary> read_held(Database& database, const Event& event, const std::string& sender, std::size_t most) {
    std::vector<JobSummary> jobs;
    database.rows(fmt::format("SELECT {} FROM jobs WHERE state = 'held' AND owner = :owner AND uid = :uid ORDER BY "
                              "sender = :sender DESC, position LIMIT :most",
                              job_columns),
                  job_types(), {event.first, event.second, sender, static_cast<long long>(most)}, [&jobs](Row& row) {
                      jobs.push_back(summary_of(row));
                      return true;
                  });
    return jobs;
}

std::vector<ReplyMark> read_marks(Database& database, const Event& event,
                                  const std::optional<std::vector<std::string>>& attendees) {
    std::vector<ReplyMark> marks;
    const auto take = [&marks](Row& row) {
        marks.push_back({.attendee = text(row[0]),
                         .recurrence_id = text(row[1]),
                         .sequence = number(row[2]),
                         .dtstamp = text(row[3])});
        return true;
    };
    const std::vector<Type> types{Type::text, Type::text, Type::integer, Type::text};
    if (!attendees) {
        database.rows(
            "SELECT attendee, recurrence_id, sequence, dtstamp FROM marks WHERE owner = :owner AND uid = :uid "
            "ORDER BY attendee, recurrence_id",
            types, {event.first, event.second}, take);
        return marks;
    }
    std::set<std::string> wanted(attendees->begin(), attendees->end());
    wanted.emplace();  // of no attendee
    for (const auto& attendee : wanted)
        database.rows(
            "SELECT attendee, recurrence_id, sequence, dtstamp FROM marks WHERE owner = :owner AND uid = :uid AND "
            "attendee = :attendee ORDER BY recurrence_id",
            types, {event.first, event.second, attendee}, take);
    return marks;
}

void write_marks(Database& database, const Event& event, const MarkChanges& changes, Time now) {
    for (const auto& mark : changes.keep)
        database.run(
            "INSERT INTO marks (owner, uid, attendee, recurrence_id, sequence, dtstamp, changed) VALUES (:owner, :uid, "
            ":attendee, :recurrence_id, :sequence, :dtstamp, :changed) ON CONFLICT (owner, uid, attendee, "
            "recurrence_id) DO UPDATE SET sequence = excluded.sequence, dtstamp = excluded.dtstamp, changed = "
            "excluded.changed",
            {event.first, event.second, mark.attendee, mark.recurrence_id, static_cast<long long>(mark.sequence),
             mark.dtstamp, seconds(now)});
    for (const auto& mark : changes.forget)
        database.run(
            "DELETE FROM marks WHERE owner = :owner AND uid = :uid AND attendee = :attendee AND recurrence_id = "
            ":recurrence_id",
            {event.first, event.second, mark.attendee, mark.recurrence_id});
}

}  // namespace calendar::delivery
