#include "calendar/delivery/due_events.h"

#include <algorithm>
#include <array>
#include <chrono>
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

constexpr std::size_t most_last = 10'000;
constexpr std::size_t of_one_sender = 3;  ///< the length of a path

long long number_of(JobKind kind) {
    return static_cast<long long>(kind);
}

/// What is to be decided by how the event stands waits for those of its jobs that are decided. They are due no later
/// (see due_of()), and looked for first.
bool waits_for_decided(Database& reader, const Event& event) {
    bool found = false;
    reader.rows(
        "SELECT position FROM jobs WHERE owner = :owner AND uid = :uid AND state = 'waiting' AND decided = 1 LIMIT 1",
        {Type::integer}, {event.first, event.second}, [&found](Row&) {
            found = true;
            return false;
        });
    return found;
}

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

bool DueEvents::is_tried(const Target& target) const {
    const auto is_taken = [&target](const auto& entry) {
        const auto& [event, taken] = entry;
        return taken.backend == target.backend && (target.user.empty() || event.first == target.user);
    };
    return failing_.is_left_alone(target) || std::ranges::any_of(taken_, is_taken);
}

std::vector<JobKind> DueEvents::kinds(std::size_t undecided_at_once) const {
    const auto undecided =
        std::ranges::count_if(taken_, [](const auto& entry) { return entry.second.kind == JobKind::undecided; });
    if (static_cast<std::size_t>(undecided) < undecided_at_once) return {JobKind::decided, JobKind::undecided};
    return {JobKind::decided};
}

/// What is looked for in one backend.
struct DueEvents::Turn {
    const std::string& backend;
    JobKind kind;
    Time until;
    Look look = Look::to_take;

    Row values(std::initializer_list<Database::Value> others) const {
        Row row{number_of(kind), backend};
        row.insert(row.end(), others);
        return row;
    }
};

/// In an index: when the jobs of an event are due.
struct DueEvents::Place {
    long long due = std::numeric_limits<long long>::min();
    Event event{};

    /// Before every other that comes after it: none has a control character.
    std::string uid_after() const { return event.second + '\x01'; }
};

/// The first event that is due and may be taken. `next(place)` is what comes after a place, so that an event is passed
/// in one step, however many jobs it has. Passes taken events, of which there are as many as courier threads.
template <class Next>
std::optional<DueEvents::DueEvent> DueEvents::first_free(Database& reader, const Turn& turn, Next next) const {
    const bool may_wait = turn.kind == JobKind::undecided && turn.look == Look::to_take;
    for (std::optional<Place> at = next(Place()); at && at->due <= seconds(turn.until); at = next(*at))
        if (!taken_.contains(at->event) && !(may_wait && waits_for_decided(reader, at->event)))
            return DueEvent{Time(std::chrono::seconds(at->due)), at->event, turn.backend, turn.kind};
    return std::nullopt;
}

std::optional<DueEvents::DueEvent> DueEvents::of_backend(Database& reader, const Turn& turn) const {
    return first_free(reader, turn, [&](const Place& last) {
        std::optional<Place> next;
        reader.rows(
            "SELECT due, owner, uid FROM jobs WHERE state = 'waiting' AND decided = :decided AND backend = :backend "
            "AND (due, owner, uid) >= (:due, :owner, :uid) ORDER BY due, owner, uid LIMIT 1",
            {Type::integer, Type::text, Type::text}, turn.values({last.due, last.event.first, last.uid_after()}),
            [&next](Row& row) {
                next = Place{number(row[0]), {text(row[1]), text(row[2])}};
                return false;
            });
        return next;
    });
}

std::optional<DueEvents::DueEvent> DueEvents::of_path(Database& reader, const Turn& turn, const Path& path) const {
    const bool is_of_sender = path.size() == of_one_sender;
    const auto statement = fmt::format(
        "SELECT due, uid FROM jobs WHERE state = 'waiting' AND decided = :decided AND backend = :backend AND owner = "
        ":owner{} AND (due, uid) >= (:due, :uid) ORDER BY due, uid LIMIT 1",
        is_of_sender ? " AND domain = :domain AND sender = :sender" : "");
    auto found = first_free(reader, turn, [&](const Place& last) {
        std::optional<Place> next;
        auto values = turn.values({});
        values.insert(values.end(), path.begin(), path.end());
        values.insert(values.end(), {last.due, last.uid_after()});
        reader.rows(statement, {Type::integer, Type::text}, values, [&](Row& row) {
            next = Place{number(row[0]), {path[0], text(row[1])}};
            return false;
        });
        return next;
    });
    if (found && is_of_sender) {
        found->domain = path[1];
        found->sender = path[2];
    }
    return found;
}

/// Where nothing fails for single users, it is the first in the index. Else it is that of one of the users.
DueEvents::First DueEvents::first(Database& reader, Time until, const std::vector<JobKind>& kinds, Look look) const {
    First first;
    for (const auto& backend : waited_for(reader)) {
        const Target whole{backend, {}};
        const bool backend_fails = failing_.contains(whole);
        if (backend_fails && is_tried(whole)) continue;
        for (const auto kind : kinds) {
            const Turn turn{backend, kind, until, look};
            if (backend_fails || !failing_.contains_users_of(backend)) {
                if (auto next = of_backend(reader, turn))
                    keep_earlier(backend_fails ? first.failing : first.working, std::move(*next));
                continue;
            }
            each_next(reader, turn, {}, ">= :from", {}, [&](const std::string& user) {
                const Target own{backend, user};
                const bool fails = failing_.contains(own);
                if (fails && is_tried(own)) return true;
                if (auto next = of_path(reader, turn, {user}))
                    keep_earlier(fails ? first.failing : first.working, std::move(*next));
                return true;
            });
        }
    }
    return first;
}

std::optional<DueEvents::DueEvent> DueEvents::next(Database& reader, Time until, std::size_t undecided_at_once) const {
    const auto of_kinds = kinds(undecided_at_once);
    for (const auto kind : of_kinds)
        if (auto found = next_in_turn(reader, kind, until)) return found;
    for (const auto kind : of_kinds)
        if (auto found = first(reader, until, {kind}, Look::to_take).failing) return found;
    return std::nullopt;
}

/// From user to user in the index, or to the next domain or sender within one, however many jobs each has.
void DueEvents::each_next(Database& reader, const Turn& turn, const Path& within, std::string_view which,
                          const std::string& from, const std::function<bool(const std::string&)>& use) {
    constexpr std::string_view statement =
        "WITH RECURSIVE steps (value) AS (SELECT (SELECT MIN({0}) FROM jobs WHERE state = 'waiting' AND decided = "
        ":decided AND backend = :backend{1} AND {0} {2}) UNION ALL SELECT (SELECT MIN({0}) FROM jobs WHERE state = "
        "'waiting' AND decided = :same_decided AND backend = :same_backend{3} AND {0} > steps.value) FROM steps WHERE "
        "steps.value IS NOT NULL) SELECT value FROM steps WHERE value IS NOT NULL";
    constexpr std::array columns{"owner", "domain", "sender"};
    std::string first, others;
    for (std::size_t i = 0; i < within.size(); ++i) {
        first += fmt::format(" AND {0} = :{0}", columns.at(i));
        others += fmt::format(" AND {0} = :same_{0}", columns.at(i));
    }
    auto values = turn.values({});
    values.insert(values.end(), within.begin(), within.end());
    const auto same = values;
    values.emplace_back(from);
    values.insert(values.end(), same.begin(), same.end());
    reader.rows(fmt::format(statement, columns.at(within.size()), first, which, others), {Type::text}, values,
                [&use](Row& row) { return use(text(row[0])); });
}

/// The users in the order of their turns: those after the last, then all. Past those for whom nothing is due, when
/// there is anything due at all.
std::optional<DueEvents::DueEvent> DueEvents::next_in_turn(Database& reader, JobKind kind, Time until) const {
    auto backends = waited_for(reader);
    std::erase_if(backends, [&](const std::string& backend) {
        return failing_.contains({backend, {}}) || !anything_is_due(reader, {backend, kind, until});
    });
    for (const auto& [which, from] : {std::pair("> :from", last_user_), std::pair(">= :from", std::string())}) {
        std::optional<DueEvent> next;
        for (const auto& backend : backends) {
            const Turn turn{backend, kind, until};
            each_next(reader, turn, {}, which, from, [&](const std::string& user) {
                if (next && next->event.first < user) return false;
                auto found = in_turn_of(reader, turn, user);
                const bool is_next = found && (!next || next->event.first != user || found->due < next->due);
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

/// The same with the domains of those who wrote to the user, and their senders; after too many it is the oldest.
std::optional<DueEvents::DueEvent> DueEvents::in_turn_of(Database& reader, const Turn& turn,
                                                         const std::string& user) const {
    if (failing_.contains({turn.backend, user})) return std::nullopt;
    std::size_t looks = 0;
    const auto oldest = of_path(reader, turn, {user});
    const auto found = oldest ? in_turn_within(reader, turn, {user}, looks) : std::nullopt;
    return found ? found : oldest;
}

std::optional<DueEvents::DueEvent> DueEvents::in_turn_within(Database& reader, const Turn& turn, const Path& within,
                                                             std::size_t& looks) const {
    constexpr std::size_t most_looks = 1000;
    if (within.size() == of_one_sender) return of_path(reader, turn, within);
    std::optional<DueEvent> found;
    const auto look = [&](std::string_view which, const std::string& from) {
        each_next(reader, turn, within, which, from, [&](const std::string& next) {
            auto path = within;
            path.push_back(next);
            found = in_turn_within(reader, turn, path, looks);
            return !found && ++looks < most_looks;
        });
    };
    if (const auto last = last_.find(within); last != last_.end()) look("> :from", last->second);
    if (!found && looks < most_looks) look(">= :from", {});
    return found;
}

void DueEvents::take(const DueEvent& due) {
    taken_[due.event] = {due.backend, due.kind};
    last_user_ = due.event.first;
    if (last_.size() >= most_last) last_.clear();
    last_[{last_user_}] = due.domain;
    last_[{last_user_, due.domain}] = due.sender;
}

std::optional<Time> DueEvents::next_due(Database& reader, std::size_t undecided_at_once) const {
    auto found = first(reader, Time::max(), kinds(undecided_at_once), Look::ahead);
    if (found.failing) keep_earlier(found.working, std::move(*found.failing));
    return found.working ? std::optional(found.working->due) : std::nullopt;
}

}  // namespace calendar::delivery
