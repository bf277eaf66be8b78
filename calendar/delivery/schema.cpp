#include "calendar/delivery/schema.h"

#include <array>
#include <span>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace calendar::delivery {

namespace {

/// What leads from schema version N to N+1 is the N-th list. Lists are only ever added, never changed.
/// Times are seconds since 1970 UTC. `position` counts insertions (SQLite: the row id).
/// jobs.due: of a waiting job when it is to be tried, of a done one when it was done.
/// jobs.payload: the whole Job as JSON; empty when done, since only the id is then needed.
constexpr std::array first{
    std::string_view("CREATE TABLE jobs (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, "
                     "uid TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'given_up')), "
                     "due BIGINT NOT NULL, created BIGINT NOT NULL, attempts BIGINT NOT NULL, payload TEXT NOT NULL)"),
    // Of the jobs that are done, by far the most, these hold nothing: they stay small, and so does what a commit
    // writes.
    std::string_view("CREATE INDEX jobs_due ON jobs (due, owner, uid) WHERE state = 'waiting'"),
    std::string_view("CREATE INDEX jobs_event ON jobs (owner, uid, created, position) WHERE state = 'waiting'"),
    std::string_view("CREATE INDEX jobs_given_up ON jobs (position) WHERE state = 'given_up'"),
    std::string_view("CREATE TABLE marks (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, uid TEXT NOT NULL, "
                     "attendee TEXT NOT NULL, "
                     "recurrence_id TEXT NOT NULL, sequence BIGINT NOT NULL, dtstamp TEXT NOT NULL, "
                     "changed BIGINT NOT NULL, UNIQUE (owner, uid, attendee, recurrence_id))"),
    std::string_view("CREATE TABLE audit (position INTEGER PRIMARY KEY, time BIGINT NOT NULL, queue_id TEXT NOT NULL, "
                     "job TEXT NOT NULL, owner TEXT NOT NULL, uid TEXT NOT NULL, method TEXT NOT NULL, "
                     "event TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, rule TEXT NOT NULL, "
                     "place TEXT NOT NULL, detail TEXT NOT NULL)"),
};
/// jobs.state 'held': waits for a person. SQLite cannot change a CHECK, so the table is written anew.
/// known_events: what users have sent and accepted. correspondents: to whom they have written, and in how many mails.
/// `last` is when that happened last.
constexpr std::array second{
    std::string_view("ALTER TABLE jobs RENAME TO jobs_1"),
    std::string_view("DROP INDEX jobs_due"),
    std::string_view("DROP INDEX jobs_event"),
    std::string_view("DROP INDEX jobs_given_up"),
    std::string_view("CREATE TABLE jobs (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, "
                     "uid TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'done', "
                     "'given_up')), due BIGINT NOT NULL, created BIGINT NOT NULL, attempts BIGINT NOT NULL, "
                     "payload TEXT NOT NULL)"),
    std::string_view("INSERT INTO jobs (position, id, owner, uid, state, due, created, attempts, payload) "
                     "SELECT position, id, owner, uid, state, due, created, attempts, payload FROM jobs_1"),
    std::string_view("DROP TABLE jobs_1"),
    std::string_view("CREATE INDEX jobs_due ON jobs (due, owner, uid) WHERE state = 'waiting'"),
    std::string_view("CREATE INDEX jobs_event ON jobs (owner, uid, created, position) WHERE state = 'waiting'"),
    std::string_view("CREATE INDEX jobs_given_up ON jobs (position) WHERE state = 'given_up'"),
    std::string_view("CREATE INDEX jobs_held ON jobs (position) WHERE state = 'held'"),
    std::string_view("CREATE TABLE known_events (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, uid TEXT NOT NULL, "
                     "last BIGINT NOT NULL, UNIQUE (owner, uid))"),
    std::string_view("CREATE TABLE correspondents (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, "
                     "address TEXT NOT NULL, mails BIGINT NOT NULL, last BIGINT NOT NULL, UNIQUE (owner, address))"),
};
/// jobs.backend, jobs.decided: as in the payload. In rows from before empty, and decided (what waits for a decision is
/// then not woken by a decided copy of its mail).
constexpr std::array third{
    std::string_view("ALTER TABLE jobs ADD COLUMN backend TEXT NOT NULL DEFAULT ''"),
    std::string_view("ALTER TABLE jobs ADD COLUMN decided BIGINT NOT NULL DEFAULT 1"),
    std::string_view("DROP INDEX jobs_due"),
    std::string_view("CREATE INDEX jobs_due ON jobs (backend, due, owner, uid) WHERE state = 'waiting'"),
};
constexpr std::array<std::span<const std::string_view>, 3> steps{first, second, third};
constexpr long long known = steps.size();

long long version_of(Database& database) {
    long long version = 0;
    database.rows("SELECT version FROM schema_version", {Database::Type::integer}, {}, [&version](Database::Row& row) {
        version = std::get<long long>(row[0]);
        return true;
    });
    return version;
}

}  // namespace

void migrate(Database& database) {
    // In one transaction, which waits for another program's: two that start at once do it once.
    database.begin();
    try {
        database.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)");
        const auto version = version_of(database);
        if (version > known)
            throw std::runtime_error(
                fmt::format("state '{}' has schema version {}, and this program knows versions up to {}: "
                            "a newer program has written it",
                            database.name(), version, known));
        for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step)
            for (const auto statement : steps[step])
                database.run(statement);
        // Also when it is the same: SQLite opens a file that it may only read without a word, and stays with that.
        if (database.run("UPDATE schema_version SET version = :version", {known}) == 0)
            database.run("INSERT INTO schema_version (version) VALUES (:version)", {known});
        database.commit();
    } catch (...) {
        database.rollback();
        throw;
    }
}

}  // namespace calendar::delivery
