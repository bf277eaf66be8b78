#include "calendar/delivery/state/audit.h"

#include <algorithm>

#include "calendar/delivery/state/rows.h"

namespace calendar::delivery {

using Row = Database::Row;
using Type = Database::Type;

void insert(Database& database, const AuditRow& row) {
    if (row.event == "left") {
        database.run("DELETE FROM audit WHERE job = :job AND event = 'deferred'", {row.job});
        database.run("DELETE FROM audit WHERE job = :job AND event = 'retry'", {row.job});
        if (!row.queue_id.empty())  // an MTA need not tell one
            database.run("DELETE FROM audit WHERE queue_id = :queue_id AND owner = :owner AND event = 'left'",
                         {row.queue_id, row.user});
    }
    if (row.event == "retry") database.run("DELETE FROM audit WHERE job = :job AND event = 'retry'", {row.job});
    database.run(
        "INSERT INTO audit (time, queue_id, job, owner, uid, method, event, outcome, reason, rule, place, detail, "
        "attempt) VALUES (:time, :queue_id, :job, :owner, :uid, :method, :event, :outcome, :reason, :rule, :place, "
        ":detail, :attempt)",
        {seconds(row.time), row.queue_id, row.job, row.user, row.uid, row.method, row.event, row.outcome, row.reason,
         row.rule, row.place, row.detail, static_cast<long long>(row.attempt)});
}

std::vector<AuditRow> newest_rows(Database& database, std::size_t most) {
    std::vector<Type> types(13, Type::text);
    types.front() = types.back() = Type::integer;
    std::vector<AuditRow> rows;
    database.rows(
        "SELECT time, queue_id, job, owner, uid, method, event, outcome, reason, rule, place, detail, attempt FROM "
        "audit ORDER BY position DESC LIMIT :most",
        types, {static_cast<long long>(most)}, [&rows](Row& row) {
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
                            .detail = text(row[11]),
                            .attempt = static_cast<std::size_t>(number(row[12]))});
            return true;
        });
    std::reverse(rows.begin(), rows.end());
    return rows;
}

}  // namespace calendar::delivery
