#include "calendar/delivery/known_event.h"

namespace calendar::delivery {

void remember_event(Database& database, const std::string& user, const std::string& uid, Time now) {
    database.run(
        "INSERT INTO known_events (owner, uid, last) VALUES (:owner, :uid, :last) "
        "ON CONFLICT (owner, uid) DO UPDATE SET last = excluded.last",
        {user, uid, static_cast<long long>(now.time_since_epoch().count())});
}

}  // namespace calendar::delivery
