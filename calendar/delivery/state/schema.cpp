#include "calendar/delivery/state/schema.h"

#include <array>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace calendar::delivery {

namespace {

constexpr long long schema = 2;

/// Times are seconds since 1970 UTC. `position` counts insertions (SQLite: the row id).
/// jobs: all columns but `payload` are what people and housekeeping need, so that a payload which cannot be read stops
/// neither, and a long one costs neither anything. `due`: of a waiting job when it is to be tried, of any other since
/// when it is what it is. `uid`: of a mail that is not read yet its id. `bytes`: of the payload. `content`, `mail`:
/// which kept messages it needs; empty: none. `payload`: the rest of the job; empty when done, since only the id is
/// then needed. kept_messages: see kept_messages.h. marks: see itip::ReplyMark. `changed` is when the mark was written.
/// known_events: what users have sent and accepted. correspondents: to whom they have written, in how many messages.
/// `last` is when that happened last.
constexpr std::array tables{
    std::string_view("CREATE TABLE jobs (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, "
                     "uid TEXT NOT NULL, backend TEXT NOT NULL, decided BIGINT NOT NULL, "
                     "state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'done', 'given_up')), "
                     "due BIGINT NOT NULL, created BIGINT NOT NULL, attempts BIGINT NOT NULL, "
                     "queue_id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, method TEXT NOT NULL, "
                     "rule TEXT NOT NULL, place TEXT NOT NULL, bytes BIGINT NOT NULL, content TEXT NOT NULL, "
                     "mail TEXT NOT NULL, payload TEXT NOT NULL)"),
    // Of the jobs that are done, by far the most, these hold nothing: they stay small, and so does what a commit
    // writes. They have `state` among their columns because SQLite reads the row for it otherwise.
    std::string_view(
        "CREATE INDEX jobs_due ON jobs (backend, decided, due, owner, uid, state) WHERE state = 'waiting'"),
    std::string_view("CREATE INDEX jobs_turn ON jobs (decided, backend, owner, sender, due, uid, state) "
                     "WHERE state = 'waiting'"),
    std::string_view(
        "CREATE INDEX jobs_event ON jobs (owner, uid, decided, created, position, due, state) WHERE state = 'waiting'"),
    std::string_view(
        "CREATE INDEX jobs_undecided ON jobs (decided, bytes, content, mail, state) WHERE state = 'waiting' AND "
        "decided = 0"),
    std::string_view("CREATE INDEX jobs_given_up ON jobs (position) WHERE state = 'given_up'"),
    std::string_view("CREATE INDEX jobs_held ON jobs (position, bytes, content, mail, state) WHERE state = 'held'"),
    std::string_view("CREATE INDEX jobs_content ON jobs (content) WHERE content <> ''"),
    std::string_view("CREATE INDEX jobs_mail ON jobs (mail) WHERE mail <> ''"),
    std::string_view("CREATE TABLE kept_messages (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
                     "bytes BIGINT NOT NULL, text TEXT NOT NULL)"),
    std::string_view("CREATE TABLE marks (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, uid TEXT NOT NULL, "
                     "attendee TEXT NOT NULL, recurrence_id TEXT NOT NULL, sequence BIGINT NOT NULL, "
                     "dtstamp TEXT NOT NULL, changed BIGINT NOT NULL, UNIQUE (owner, uid, attendee, recurrence_id))"),
    std::string_view("CREATE TABLE audit (position INTEGER PRIMARY KEY, time BIGINT NOT NULL, queue_id TEXT NOT NULL, "
                     "job TEXT NOT NULL, owner TEXT NOT NULL, uid TEXT NOT NULL, method TEXT NOT NULL, "
                     "event TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, rule TEXT NOT NULL, "
                     "place TEXT NOT NULL, detail TEXT NOT NULL, attempt BIGINT NOT NULL)"),
    std::string_view("CREATE INDEX audit_retry ON audit (job) WHERE event = 'retry'"),
    std::string_view("CREATE TABLE known_events (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, uid TEXT NOT NULL, "
                     "last BIGINT NOT NULL, UNIQUE (owner, uid))"),
    std::string_view("CREATE TABLE correspondents (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, "
                     "address TEXT NOT NULL, messages BIGINT NOT NULL, last BIGINT NOT NULL, UNIQUE (owner, address))"),
};

long long number(Database& database, std::string_view sql) {
    long long found = 0;
    database.rows(sql, {Database::Type::integer}, {}, [&found](Database::Row& row) {
        found = std::get<long long>(row[0]);
        return true;
    });
    return found;
}

long long version_of(Database& database) {
    return number(database, "PRAGMA user_version");
}

[[noreturn]] void refuse(const Database& database, long long version) {
    const auto& file = database.name();
    if (version > schema)
        throw std::runtime_error(fmt::format(
            "state '{}' has schema {}, which a newer version wrote; this version reads schema {}: install the newer "
            "version again",
            file, version, schema));
    throw std::runtime_error(fmt::format(
        "state '{}' has schema {}, and this version reads schema {}. To begin anew, stop imip-milter and move the file "
        "away, together with {}-wal and {}-shm; invitations that wait in it, held ones, and what was learned are lost",
        file, version, schema, file, file));
}

}  // namespace

void check_schema(Database& database) {
    if (const auto version = version_of(database); version != schema) refuse(database, version);
}

void set_up_schema(Database& database) {
    // In one transaction, which waits for another program's: two that start at once do it once.
    database.begin();
    try {
        const auto version = version_of(database);
        const bool is_empty = version == 0 && number(database, "SELECT COUNT(*) FROM sqlite_master") == 0;
        if (!is_empty && version != schema) refuse(database, version);
        if (is_empty)
            for (const auto statement : tables)
                database.run(statement);
        // Also when it is the same: SQLite opens a file that it may only read without a word, and stays with that.
        database.run(fmt::format("PRAGMA user_version = {}", schema));
        database.commit();
    } catch (...) {
        database.rollback();
        throw;
    }
}

}  // namespace calendar::delivery
