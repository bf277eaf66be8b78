#include "calendar/delivery/state/known_events.h"

namespace calendar::delivery {

using Row = Database::Row;
using Type = Database::Type;

namespace {

long long seconds(Time time) {
    return time.time_since_epoch().count();
}

}  // namespace

void remember_event(Database& database, const std::string& user, const std::string& uid, Time now) {
    database.run(
        "INSERT INTO known_events (owner, uid, last) VALUES (:owner, :uid, :last) "
        "ON CONFLICT (owner, uid) DO UPDATE SET last = excluded.last",
        {user, uid, seconds(now)});
}

bool is_known_event(Database& database, const std::string& user, const std::string& uid) {
    bool found = false;
    database.rows("SELECT position FROM known_events WHERE owner = :owner AND uid = :uid", {Type::integer}, {user, uid},
                  [&found](Row&) {
                      found = true;
                      return false;
                  });
    return found;
}

void forget_events_before(Database& database, Time before) {
    database.run("DELETE FROM known_events WHERE last < :before", {seconds(before)});
}

void keep_newest_events(Database& database, const std::string& user, std::size_t most) {
    long long surplus = 0;
    database.rows("SELECT COUNT(*) FROM known_events WHERE owner = :owner", {Type::integer}, {user}, [&](Row& row) {
        surplus = std::get<long long>(row[0]) - static_cast<long long>(most);
        return true;
    });
    if (surplus <= 0) return;
    database.run(
        "DELETE FROM known_events WHERE position IN (SELECT position FROM known_events WHERE owner = :owner "
        "ORDER BY last, position LIMIT :many)",
        {user, surplus});
}

std::vector<std::string> users_with_events(Database& database) {
    std::vector<std::string> users;
    database.rows("SELECT DISTINCT owner FROM known_events", {Type::text}, {}, [&users](Row& row) {
        users.push_back(std::get<std::string>(row[0]));
        return true;
    });
    return users;
}

}  // namespace calendar::delivery
