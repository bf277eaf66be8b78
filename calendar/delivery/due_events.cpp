#include "calendar/delivery/due_events.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace calendar::delivery {

namespace {

using Row = Database::Row;
using Type = Database::Type;

/// The backends that jobs wait for. Each is found in the index at once, however many jobs wait for it.
std::vector<std::string> waited_for(Database& reader) {
    std::vector<std::string> backends{""};  // of jobs without a user, and of rows from before the column
    for (std::size_t asked = 0; asked < backends.size(); ++asked)
        reader.rows("SELECT backend FROM jobs WHERE state = 'waiting' AND backend > :last ORDER BY backend LIMIT 1",
                    {Type::text}, {backends[asked]}, [&backends](Row& row) {
                        backends.push_back(text(row[0]));
                        return false;
                    });
    return backends;
}

void keep_earlier(std::optional<DueEvents::DueEvent>& first, DueEvents::DueEvent turn) {
    if (!first || turn < *first) first = std::move(turn);
}

}  // namespace

void DueEvents::note(const Target& target, bool failing) {
    if (failing)
        failing_.insert(target);
    else
        failing_.erase(target);
}

bool DueEvents::is_tried(const Target& target) const {
    return std::any_of(taken_.begin(), taken_.end(), [&target](const auto& taken) {
        const auto& [event, backend] = taken;
        return backend == target.backend && (target.user.empty() || event.first == target.user);
    });
}

DueEvents::First DueEvents::first(Database& reader, long long until) const {
    First first;
    for (const auto& backend : waited_for(reader)) {
        const Target whole{backend, {}};
        const bool backend_ails = failing(whole);
        if (backend_ails && is_tried(whole)) continue;
        // Reads past taken events, of which there are as many as courier threads, and past those of users who ail, in
        // the index alone.
        reader.rows(
            "SELECT due, owner, uid FROM jobs WHERE state = 'waiting' AND backend = :backend AND due <= :until ORDER "
            "BY due, owner, uid",
            {Type::integer, Type::text, Type::text}, {backend, until}, [&](Row& row) {
                DueEvent turn{Time(std::chrono::seconds(number(row[0]))), {text(row[1]), text(row[2])}, backend};
                if (taken_.contains(turn.event)) return true;
                const Target own{backend, turn.event.first};
                const bool user_ails = failing(own);
                if (user_ails && is_tried(own)) return true;
                keep_earlier(backend_ails || user_ails ? first.ailing : first.well, std::move(turn));
                return user_ails && !backend_ails;
            });
    }
    return first;
}

std::optional<DueEvents::DueEvent> DueEvents::next(Database& reader, Time until) const {
    auto found = first(reader, seconds(until));
    return found.well ? std::move(found.well) : std::move(found.ailing);
}

std::optional<Time> DueEvents::next_due(Database& reader) const {
    auto found = first(reader, std::numeric_limits<long long>::max());
    if (found.ailing) keep_earlier(found.well, std::move(*found.ailing));
    return found.well ? std::optional(found.well->due) : std::nullopt;
}

}  // namespace calendar::delivery
