#include "policy/memory/memory.h"

#include <array>

#include "calendar/delivery/known_event.h"

namespace policy::memory {

using calendar::delivery::Database;
using calendar::delivery::Time;
using Durable = calendar::delivery::Database::Durable;
using Row = Database::Row;
using Type = Database::Type;

namespace {

long long seconds(Time time) {
    return time.time_since_epoch().count();
}

long long count(Database& database, std::string_view sql, const Row& values) {
    long long found = 0;
    database.rows(sql, {Type::integer}, values, [&found](Row& row) {
        found = std::get<long long>(row[0]);
        return true;
    });
    return found;
}

void remember_correspondent(Database& database, const std::string& user, const std::string& address, Time now) {
    database.run(
        "INSERT INTO correspondents (owner, address, mails, last) VALUES (:owner, :address, 1, :last) "
        "ON CONFLICT (owner, address) DO UPDATE SET mails = correspondents.mails + 1, last = excluded.last",
        {user, address, seconds(now)});
}

/// The two tables have the same shape where it matters here.
struct Kind {
    std::string_view count, forget_oldest, forget_before, owners;
};
constexpr std::array kinds{
    Kind{"SELECT COUNT(*) FROM known_events WHERE owner = :owner",
         "DELETE FROM known_events WHERE position IN (SELECT position FROM known_events WHERE owner = :owner "
         "ORDER BY last, position LIMIT :many)",
         "DELETE FROM known_events WHERE last < :before", "SELECT DISTINCT owner FROM known_events"},
    Kind{"SELECT COUNT(*) FROM correspondents WHERE owner = :owner",
         "DELETE FROM correspondents WHERE position IN (SELECT position FROM correspondents WHERE owner = :owner "
         "ORDER BY last, position LIMIT :many)",
         "DELETE FROM correspondents WHERE last < :before", "SELECT DISTINCT owner FROM correspondents"},
};

void keep_within(Database& database, const std::string& user, std::size_t most) {
    for (const Kind& kind : kinds) {
        const auto surplus = count(database, kind.count, {user}) - static_cast<long long>(most);
        if (surplus > 0) database.run(kind.forget_oldest, {user, surplus});
    }
}

}  // namespace

void Memory::learn(const Observation& lesson, const Bounds& bounds, Time now) {
    if (lesson.uids.empty() && lesson.correspondents.empty()) return;
    state_.writer().write(
        [&](Database& database) {
            for (const auto& uid : lesson.uids)
                calendar::delivery::remember_event(database, lesson.user, uid, now);
            for (const auto& address : lesson.correspondents)
                remember_correspondent(database, lesson.user, address.text(), now);
            keep_within(database, lesson.user, bounds.most);
        },
        Durable::soon);
}

bool Memory::knows_event(const std::string& user, const std::string& uid) const {
    return state_.read([&](Database& database) {
        return count(database, "SELECT COUNT(*) FROM known_events WHERE owner = :owner AND uid = :uid", {user, uid}) >
               0;
    });
}

std::size_t Memory::mails(const std::string& user, const calendar::itip::Address& address) const {
    return state_.read([&](Database& database) {
        return static_cast<std::size_t>(
            count(database, "SELECT mails FROM correspondents WHERE owner = :owner AND address = :address",
                  {user, address.text()}));
    });
}

void Memory::expire(const Bounds& bounds, Time now) {
    for (const Kind& kind : kinds) {
        std::vector<std::string> owners;
        state_.read([&](Database& database) {
            database.rows(kind.owners, {Type::text}, {}, [&owners](Row& row) {
                owners.push_back(std::get<std::string>(row[0]));
                return true;
            });
        });
        state_.writer().write(
            [&](Database& database) { database.run(kind.forget_before, {seconds(now - bounds.keep)}); });
        for (const auto& owner : owners)
            state_.writer().write([&](Database& database) { keep_within(database, owner, bounds.most); });
    }
}

}  // namespace policy::memory
