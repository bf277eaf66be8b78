#include "calendar/delivery/state/due.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "calendar/delivery/state/rows.h"

namespace calendar::delivery {

namespace {

using Row = Database::Row;
using Type = Database::Type;

/// When the jobs of an event are due with which this one shares its turn; none: nothing like that waits.
std::optional<long long> due_in(Database& database, std::string_view sql, const Row& values) {
    std::optional<long long> due;
    database.rows(sql, {Type::integer}, values, [&due](Row& row) {
        due = number(row[0]);
        return false;
    });
    return due;
}

}  // namespace

long long due_of(Database& database, const Job& job) {
    const auto& [user, uid] = event_of(job);
    const auto created = seconds(job.created);
    const auto of_decided = due_in(
        database,
        "SELECT due FROM jobs WHERE owner = :owner AND uid = :uid AND state = 'waiting' AND decided = 1 ORDER BY "
        "created DESC, position DESC LIMIT 1",
        {user, uid});
    if (of_decided) return job.decided ? *of_decided : std::max(*of_decided, created);
    if (!job.decided) return created;
    const auto of_undecided = due_in(database,
                                     "SELECT due FROM jobs WHERE owner = :owner AND uid = :uid AND state = 'waiting' "
                                     "AND decided = 0 AND due < :created ORDER BY due LIMIT 1",
                                     {user, uid, created});
    return of_undecided.value_or(created);
}

void let_undecided_wait(Database& database) {
    database.run(
        "UPDATE jobs SET due = decided_ones.due FROM (SELECT owner, uid, MAX(due) AS due FROM jobs WHERE state = "
        "'waiting' AND decided = 1 GROUP BY owner, uid) AS decided_ones WHERE jobs.state = 'waiting' AND jobs.decided "
        "= 0 AND jobs.owner = decided_ones.owner AND jobs.uid = decided_ones.uid AND jobs.due < decided_ones.due",
        {});
}

void wake_undecided(Database& database, const Event& event, Time now) {
    database.run(
        "UPDATE jobs SET due = :now WHERE owner = :owner AND uid = :uid AND state = 'waiting' AND decided = 0 AND due "
        "> :after AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.owner = jobs.owner AND other.uid = jobs.uid "
        "AND other.state = 'waiting' AND other.decided = 1)",
        {seconds(now), event.first, event.second, seconds(now)});
}

void wake_waiting(Database& database, Time now) {
    database.run("UPDATE jobs SET due = :now WHERE state = 'waiting' AND due > :after", {seconds(now), seconds(now)});
}

void wake_waiting(Database& database, const Target& target, Time now) {
    database.run(
        "UPDATE jobs SET due = :now WHERE state = 'waiting' AND backend = :backend AND due > :after AND (:user = '' OR "
        "owner = :owner)",
        {seconds(now), target.backend, seconds(now), target.user, target.user});
}

}  // namespace calendar::delivery
