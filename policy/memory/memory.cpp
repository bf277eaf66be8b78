#include "policy/memory/memory.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "calendar/delivery/state/known_events.h"

namespace policy::memory {

using calendar::delivery::Database;
using calendar::delivery::Time;
using Durable = calendar::delivery::Database::Durable;
using Row = Database::Row;
using Type = Database::Type;

namespace {

namespace delivery = calendar::delivery;

long long seconds(Time time) {
    return time.time_since_epoch().count();
}

long long number(Database& database, std::string_view sql, const Row& values) {
    long long found = 0;
    database.rows(sql, {Type::integer}, values, [&found](Row& row) {
        found = std::get<long long>(row[0]);
        return true;
    });
    return found;
}

void remember_correspondent(Database& database, const std::string& user, const std::string& address, Time now) {
    database.run(
        "INSERT INTO correspondents (owner, address, messages, last) VALUES (:owner, :address, 1, :last) "
        "ON CONFLICT (owner, address) DO UPDATE SET messages = correspondents.messages + 1, last = excluded.last",
        {user, address, seconds(now)});
}

/// Keeps at most this many rows of a user; what was last remembered longest ago goes first.
void keep_newest(Database& database, std::string_view table, const std::string& user, std::size_t most) {
    const auto count = number(database, fmt::format("SELECT COUNT(*) FROM {} WHERE owner = :owner", table), {user});
    const auto surplus = count - static_cast<long long>(most);
    if (surplus <= 0) return;
    database.run(fmt::format("DELETE FROM {0} WHERE position IN (SELECT position FROM {0} WHERE owner = :owner "
                             "ORDER BY last, position LIMIT :many)",
                             table),
                 {user, surplus});
}

std::vector<std::string> users_in(Database& database, std::string_view table) {
    std::vector<std::string> users;
    database.rows(fmt::format("SELECT DISTINCT owner FROM {}", table), {Type::text}, {}, [&users](Row& row) {
        users.push_back(std::get<std::string>(row[0]));
        return true;
    });
    return users;
}

/// Of each row the user is `owner`, and when it was remembered `last`.
constexpr std::array tables{delivery::known_events, std::string_view("correspondents")};

}  // namespace

void Memory::learn(const Observation& observation, const Bounds& bounds, Time now) {
    if (observation.uids.empty() && observation.correspondents.empty()) return;
    const auto& user = observation.user;
    state_.writer().write(
        [&](Database& database) {
            for (const auto& uid : observation.uids)
                delivery::remember_event(database, user, uid, now);
            for (const auto& address : observation.correspondents)
                remember_correspondent(database, user, address.text(), now);
            for (const auto table : tables)
                keep_newest(database, table, user, bounds.most);
        },
        Durable::soon);
}

bool Memory::knows_event(const std::string& user, const std::string& uid) const {
    return state_.read([&](Database& database) { return delivery::is_known_event(database, user, uid); });
}

std::size_t Memory::messages(const std::string& user, const calendar::itip::Address& address) const {
    return state_.read([&](Database& database) {
        return static_cast<std::size_t>(
            number(database, "SELECT messages FROM correspondents WHERE owner = :owner AND address = :address",
                   {user, address.text()}));
    });
}

void Memory::expire(const Bounds& bounds, Time now) {
    state_.writer().write([&](Database& database) {
        for (const auto table : tables)
            database.run(fmt::format("DELETE FROM {} WHERE last < :before", table), {seconds(now - bounds.keep)});
    });
    // User by user, so that no message waits long for this.
    for (const auto table : tables)
        for (const auto& user : state_.read([&](Database& database) { return users_in(database, table); }))
            state_.writer().write([&](Database& database) { keep_newest(database, table, user, bounds.most); });
}

}  // namespace policy::memory
