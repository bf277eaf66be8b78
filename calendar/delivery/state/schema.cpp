#include "calendar/delivery/state/schema.h"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calendar/delivery/state/due.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::delivery {

namespace {

constexpr long long schema = 3;
constexpr long long schema_of_raw_uids = 2;

/// Times are seconds since 1970 UTC. `position` counts insertions, and releases of what was held (SQLite: the row id).
/// jobs: all columns but `payload` are what people and housekeeping need, so that a payload which cannot be read stops
/// neither, and a long one costs neither anything. `domain`: see turn_of(). `due`: of a waiting job when it is to be
/// tried, of any other since when it is what it is. `uid`: see itip::uid_text(); of a mail that is not read yet its id.
/// `bytes`: of the payload. `content`, `mail`: which kept messages it needs; empty: none. `payload`: the rest of the
/// job; empty when done, since only the id is then needed. kept_messages: see kept_messages.h. marks: see
/// itip::ReplyMark. `changed` is when the mark was written. known_events: what users have sent and accepted.
/// correspondents: to whom they have written, in how many messages. `last` is when that happened last.
constexpr std::array tables{
    std::string_view(
        "CREATE TABLE IF NOT EXISTS jobs (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, "
        "uid TEXT NOT NULL, backend TEXT NOT NULL, decided BIGINT NOT NULL, "
        "state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'done', 'given_up')), "
        "due BIGINT NOT NULL, created BIGINT NOT NULL, attempts BIGINT NOT NULL, "
        "queue_id TEXT NOT NULL, sender TEXT NOT NULL, domain TEXT NOT NULL DEFAULT '', recipient TEXT NOT NULL, "
        "method TEXT NOT NULL, "
        "rule TEXT NOT NULL, place TEXT NOT NULL, bytes BIGINT NOT NULL, content TEXT NOT NULL, "
        "mail TEXT NOT NULL, payload TEXT NOT NULL)"),
    // Of the jobs that are done, by far the most, these hold nothing: they stay small, and so does what a commit
    // writes. They have `state` among their columns because SQLite reads the row for it otherwise.
    std::string_view("CREATE INDEX IF NOT EXISTS jobs_due ON jobs (backend, decided, due, owner, uid, state) WHERE "
                     "state = 'waiting'"),
    std::string_view("DROP INDEX IF EXISTS jobs_turn"),  // of an earlier build
    std::string_view(
        "CREATE INDEX IF NOT EXISTS jobs_turns ON jobs (decided, backend, owner, domain, sender, due, uid, "
        "state) WHERE state = 'waiting'"),
    std::string_view("CREATE INDEX IF NOT EXISTS jobs_user ON jobs (decided, backend, owner, due, uid, state) WHERE "
                     "state = 'waiting'"),
    std::string_view("CREATE INDEX IF NOT EXISTS jobs_event ON jobs (owner, uid, decided, created, position, due, "
                     "state) WHERE state = 'waiting'"),
    std::string_view("CREATE INDEX IF NOT EXISTS jobs_undecided ON jobs (decided, bytes, content, mail, state) WHERE "
                     "state = 'waiting' AND "
                     "decided = 0"),
    std::string_view("CREATE INDEX IF NOT EXISTS jobs_given_up ON jobs (position) WHERE state = 'given_up'"),
    std::string_view(
        "CREATE INDEX IF NOT EXISTS jobs_held ON jobs (position, bytes, content, mail, state) WHERE state = 'held'"),
    std::string_view(
        "CREATE INDEX IF NOT EXISTS jobs_held_of ON jobs (domain, bytes, content, mail, state) WHERE state "
        "= 'held'"),
    std::string_view("CREATE INDEX IF NOT EXISTS jobs_content ON jobs (content) WHERE content <> ''"),
    std::string_view("CREATE INDEX IF NOT EXISTS jobs_mail ON jobs (mail) WHERE mail <> ''"),
    std::string_view("CREATE TABLE IF NOT EXISTS kept_messages (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
                     "bytes BIGINT NOT NULL, text TEXT NOT NULL)"),
    std::string_view(
        "CREATE TABLE IF NOT EXISTS marks (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, uid TEXT NOT NULL, "
        "attendee TEXT NOT NULL, recurrence_id TEXT NOT NULL, sequence BIGINT NOT NULL, "
        "dtstamp TEXT NOT NULL, changed BIGINT NOT NULL, UNIQUE (owner, uid, attendee, recurrence_id))"),
    std::string_view(
        "CREATE TABLE IF NOT EXISTS audit (position INTEGER PRIMARY KEY, time BIGINT NOT NULL, queue_id TEXT NOT NULL, "
        "job TEXT NOT NULL, owner TEXT NOT NULL, uid TEXT NOT NULL, method TEXT NOT NULL, "
        "event TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, rule TEXT NOT NULL, "
        "place TEXT NOT NULL, detail TEXT NOT NULL, attempt BIGINT NOT NULL)"),
    std::string_view("CREATE INDEX IF NOT EXISTS audit_retry ON audit (job) WHERE event = 'retry'"),
    std::string_view("CREATE INDEX IF NOT EXISTS audit_deferred ON audit (job) WHERE event = 'deferred'"),
    std::string_view("CREATE INDEX IF NOT EXISTS audit_left ON audit (queue_id, owner) WHERE event = 'left'"),
    std::string_view("CREATE TABLE IF NOT EXISTS known_events (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, uid "
                     "TEXT NOT NULL, "
                     "last BIGINT NOT NULL, UNIQUE (owner, uid))"),
    std::string_view("CREATE TABLE IF NOT EXISTS correspondents (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, "
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

struct Renamed {
    long long position;
    std::string uid;  ///< the new one
};

/// Of what may be there once only, the newer is kept.
void rename(Database& database, std::string_view table, std::string_view forget_older, const Renamed& row) {
    if (!forget_older.empty()) database.run(forget_older, {row.position, row.uid});
    database.run(fmt::format("UPDATE OR IGNORE {} SET uid = :uid WHERE position = :position", table),
                 {row.uid, row.position});
    if (!forget_older.empty())  // what stays is older than what has the UID already
        database.run(fmt::format("DELETE FROM {} WHERE position = :position AND uid <> :uid", table),
                     {row.position, row.uid});
}

/// Schema 2 had each UID as it stood in the message, so that `a\;b` and `a;b` were two.
void write_uids_as_text(Database& database) {
    constexpr std::string_view older_mark =
        "DELETE FROM marks WHERE position IN (SELECT twin.position FROM marks twin JOIN marks raw ON twin.owner = "
        "raw.owner AND twin.attendee = raw.attendee AND twin.recurrence_id = raw.recurrence_id AND (twin.sequence, "
        "twin.dtstamp) <= (raw.sequence, raw.dtstamp) WHERE raw.position = :raw AND twin.uid = :uid)";
    constexpr std::string_view older_event =
        "DELETE FROM known_events WHERE position IN (SELECT twin.position FROM known_events twin JOIN known_events raw "
        "ON twin.owner = raw.owner AND twin.last <= raw.last WHERE raw.position = :raw AND twin.uid = :uid)";
    for (const auto& [table, forget_older] :
         {std::pair("jobs", std::string_view()), std::pair("audit", std::string_view()), std::pair("marks", older_mark),
          std::pair("known_events", older_event)}) {
        std::vector<Renamed> raw;
        database.rows(fmt::format("SELECT position, uid FROM {} WHERE uid LIKE '%\\%' ORDER BY position", table),
                      {Database::Type::integer, Database::Type::text}, {}, [&raw](Database::Row& row) {
                          raw.push_back({std::get<long long>(row[0]), itip::uid_text(std::get<std::string>(row[1]))});
                          return true;
                      });
        // First to names that no row has: the text of one UID may be another as it stood in the message.
        for (const auto& row : raw)
            rename(database, table, forget_older, {row.position, '\x01' + row.uid});
        for (const auto& row : raw)
            rename(database, table, forget_older, row);
    }
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
    const auto version = version_of(database);
    if (version != schema && version != schema_of_raw_uids) refuse(database, version);
}

void check_schema_to_write(Database& database) {
    check_schema(database);
    if (version_of(database) != schema)
        throw std::runtime_error(
            fmt::format("state '{}' has schema {}, and this version writes schema {}: restart imip-milter, which "
                        "brings it to that, and try again",
                        database.name(), version_of(database), schema));
}

void set_up_schema(Database& database) {
    // In one transaction, which waits for another program's: two that start at once do it once.
    database.begin();
    try {
        const auto version = version_of(database);
        const bool is_empty = version == 0 && number(database, "SELECT COUNT(*) FROM sqlite_master") == 0;
        if (!is_empty && version != schema && version != schema_of_raw_uids) refuse(database, version);
        // A file of this schema may lack what an earlier build did not need.
        if (!is_empty && number(database, "SELECT COUNT(*) FROM pragma_table_info('jobs') WHERE name = 'domain'") == 0)
            database.run("ALTER TABLE jobs ADD COLUMN domain TEXT NOT NULL DEFAULT ''");
        for (const auto statement : tables)
            database.run(statement);
        if (version == schema_of_raw_uids) {
            write_uids_as_text(database);
            let_undecided_wait(database);
        }
        // Also when it is the same: SQLite opens a file that it may only read without a word, and stays with that.
        database.run(fmt::format("PRAGMA user_version = {}", schema));
        database.commit();
    } catch (...) {
        database.rollback();
        throw;
    }
}

}  // namespace calendar::delivery
