#include "calendar/delivery/due_events.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace calendar::delivery {

namespace {

using Row = Database::Row;
using Type = Database::Type;

constexpr std::size_t most_last_senders = 10'000;

/// What is to be decided by how the event stands waits for those of its jobs that are decided.
constexpr std::string_view may_be_decided =
    "(decided = 1 OR NOT EXISTS (SELECT 1 FROM jobs AS earlier WHERE earlier.owner = jobs.owner AND earlier.uid = "
    "jobs.uid AND earlier.state = 'waiting' AND earlier.decided = 1))";

/// The backends that jobs wait for. Each is found in the index at once, however many jobs wait for it.
std::vector<std::string> waited_for(Database& reader) {
    std::vector<std::string> backends{""};  // of jobs without a user
    for (std::size_t asked = 0; asked < backends.size(); ++asked)
        reader.rows("SELECT backend FROM jobs WHERE state = 'waiting' AND backend > :last ORDER BY backend LIMIT 1",
                    {Type::text}, {backends[asked]}, [&backends](Row& row) {
                        backends.push_back(text(row[0]));
                        return false;
                    });
    return backends;
}

void keep_earlier(std::optional<DueEvents::DueEvent>& first, DueEvents::DueEvent next) {
    if (!first || next < *first) first = std::move(next);
}

}  // namespace

void DueEvents::note(const Target& target, TargetState state) {
    if (state == TargetState::working) {
        failing_.erase(target);
        return;
    }
    auto& pause = failing_[target];
    const auto now = now_();
    if (now < pause.end) return;  // tried before the pause began
    pause.length = std::clamp(2 * pause.length, first_pause, longest_pause);
    pause.end = now + pause.length;
}

bool DueEvents::is_tried(const Target& target) const {
    if (const auto pause = failing_.find(target); pause != failing_.end() && now_() < pause->second.end) return true;
    return std::ranges::any_of(taken_, [&target](const auto& entry) {
        const auto& [event, taken] = entry;
        return taken.backend == target.backend && (target.user.empty() || event.first == target.user);
    });
}

std::vector<bool> DueEvents::kinds(std::size_t undecided_at_once) const {
    const auto undecided = std::ranges::count_if(taken_, [](const auto& entry) { return !entry.second.decided; });
    if (static_cast<std::size_t>(undecided) < undecided_at_once) return {true, false};
    return {true};
}

DueEvents::First DueEvents::first(Database& reader, long long until, std::size_t undecided_at_once) const {
    const auto statement = fmt::format(
        "SELECT due, owner, uid FROM jobs WHERE state = 'waiting' AND backend = :backend AND decided = :decided AND "
        "due <= :until AND {} ORDER BY due, owner, uid",
        may_be_decided);
    First first;
    for (const auto& backend : waited_for(reader)) {
        const Target whole{backend, {}};
        const bool backend_fails = is_failing(whole);
        if (backend_fails && is_tried(whole)) continue;
        // Reads past taken events, of which there are as many as courier threads, and past those of users whose
        // calendars are failing, in the index alone.
        for (const bool decided : kinds(undecided_at_once))
            reader.rows(
                statement, {Type::integer, Type::text, Type::text}, {backend, decided ? 1LL : 0LL, until},
                [&](Row& row) {
                    DueEvent next{
                        Time(std::chrono::seconds(number(row[0]))), {text(row[1]), text(row[2])}, backend, decided};
                    if (taken_.contains(next.event)) return true;
                    const Target own{backend, next.event.first};
                    const bool user_fails = is_failing(own);
                    if (user_fails && is_tried(own)) return true;
                    keep_earlier(backend_fails || user_fails ? first.failing : first.working, std::move(next));
                    return user_fails && !backend_fails;
                });
    }
    return first;
}

std::optional<DueEvents::DueEvent> DueEvents::next(Database& reader, Time until, std::size_t undecided_at_once) const {
    for (const bool decided : kinds(undecided_at_once))
        if (auto found = next_in_turn(reader, decided, until)) return found;
    auto found = first(reader, seconds(until), undecided_at_once);
    return std::move(found.failing);
}

/// What is looked for in one backend.
struct DueEvents::Turn {
    const std::string& backend;
    bool decided;
    Time until;

    Row values(std::initializer_list<Database::Value> others) const {
        Row row{decided ? 1LL : 0LL, backend};
        row.insert(row.end(), others);
        return row;
    }
};

/// The users in the order of their turns: those after the last, then all. From user to user in the index, however many
/// jobs each has; past those for whom nothing is due, when there is anything due at all.
std::optional<DueEvents::DueEvent> DueEvents::next_in_turn(Database& reader, bool decided, Time until) const {
    constexpr std::string_view users =
        "WITH RECURSIVE users (owner) AS (SELECT (SELECT MIN(owner) FROM jobs WHERE state = 'waiting' AND decided = "
        ":decided AND backend = :backend AND owner {}) UNION ALL SELECT (SELECT MIN(owner) FROM jobs WHERE state = "
        "'waiting' AND decided = :same_decided AND backend = :same_backend AND owner > users.owner) FROM users WHERE "
        "users.owner IS NOT NULL) SELECT owner FROM users WHERE owner IS NOT NULL";
    auto backends = waited_for(reader);
    std::erase_if(backends, [&](const std::string& backend) {
        return is_failing({backend, {}}) || !anything_is_due(reader, {backend, decided, until});
    });
    for (const auto& [which, from] : {std::pair("> :from", last_user_), std::pair(">= :from", std::string())}) {
        std::optional<DueEvent> next;
        for (const auto& backend : backends) {
            const Turn turn{backend, decided, until};
            reader.rows(fmt::format(users, which), {Type::text}, turn.values({from, decided ? 1LL : 0LL, backend}),
                        [&](Row& row) {
                            const auto user = text(row[0]);
                            if (next && next->event.first < user) return false;
                            auto found = of_user(reader, turn, user);
                            const bool is_next =
                                found && (!next || next->event.first != user || found->due < next->due);
                            const bool goes_on = !found;
                            if (is_next) next = std::move(found);
                            return goes_on;
                        });
        }
        if (next) return next;
    }
    return std::nullopt;
}

bool DueEvents::anything_is_due(Database& reader, const Turn& turn) {
    bool found = false;
    reader.rows(
        "SELECT due FROM jobs WHERE state = 'waiting' AND decided = :decided AND backend = :backend AND due <= "
        ":until LIMIT 1",
        {Type::integer}, turn.values({seconds(turn.until)}), [&found](Row&) {
            found = true;
            return false;
        });
    return found;
}

/// The same with those who wrote to the user: past those of whom nothing is due, or only what is taken.
std::optional<DueEvents::DueEvent> DueEvents::of_user(Database& reader, const Turn& turn,
                                                      const std::string& user) const {
    constexpr std::string_view senders =
        "WITH RECURSIVE senders (sender) AS (SELECT (SELECT MIN(sender) FROM jobs WHERE state = 'waiting' AND decided "
        "= :decided AND backend = :backend AND owner = :owner AND sender {}) UNION ALL SELECT (SELECT MIN(sender) FROM "
        "jobs WHERE state = 'waiting' AND decided = :same_decided AND backend = :same_backend AND owner = :same_owner "
        "AND sender > senders.sender) FROM senders WHERE senders.sender IS NOT NULL) SELECT sender FROM senders WHERE "
        "sender IS NOT NULL";
    if (is_failing({turn.backend, user})) return std::nullopt;
    const auto last = last_senders_.find(user);
    std::optional<DueEvent> found;
    const auto look = [&](std::string_view which, const std::string& from) {
        reader.rows(fmt::format(senders, which), {Type::text},
                    turn.values({user, from, turn.decided ? 1LL : 0LL, turn.backend, user}), [&](Row& row) {
                        found = of_sender(reader, turn, user, text(row[0]));
                        return !found;
                    });
    };
    if (last != last_senders_.end()) look("> :from", last->second);
    if (!found) look(">= :from", {});
    return found;
}

std::optional<DueEvents::DueEvent> DueEvents::of_sender(Database& reader, const Turn& turn, const std::string& user,
                                                        const std::string& sender) const {
    std::optional<DueEvent> found;
    reader.rows(
        fmt::format("SELECT due, uid FROM jobs WHERE state = 'waiting' AND decided = :decided AND backend = :backend "
                    "AND owner = :owner AND due <= :until AND sender = :sender AND {} ORDER BY due, uid",
                    may_be_decided),
        {Type::integer, Type::text}, turn.values({user, seconds(turn.until), sender}), [&](Row& row) {
            const Event event(user, text(row[1]));
            if (taken_.contains(event)) return true;
            found = {Time(std::chrono::seconds(number(row[0]))), event, turn.backend, turn.decided, sender};
            return false;
        });
    return found;
}

void DueEvents::take(const DueEvent& due) {
    taken_[due.event] = {due.backend, due.decided};
    last_user_ = due.event.first;
    if (last_senders_.size() >= most_last_senders) last_senders_.clear();
    last_senders_[last_user_] = due.sender;
}

std::optional<Time> DueEvents::next_due(Database& reader, std::size_t undecided_at_once) const {
    auto found = first(reader, std::numeric_limits<long long>::max(), undecided_at_once);
    if (found.failing) keep_earlier(found.working, std::move(*found.failing));
    return found.working ? std::optional(found.working->due) : std::nullopt;
}

}  // namespace calendar::delivery
