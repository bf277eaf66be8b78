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

}  // namespace calendar::delivery
