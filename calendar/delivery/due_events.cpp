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
    if (state == TargetState::failing)
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
        const bool backend_fails = is_failing(whole);
        if (backend_fails && is_tried(whole)) continue;
        // Reads past taken events, of which there are as many as courier threads, and past those of users whose
        // calendars are failing, in the index alone.
        reader.rows(
            "SELECT due, owner, uid FROM jobs WHERE state = 'waiting' AND backend = :backend AND due <= :until ORDER "
            "BY due, owner, uid",
            {Type::integer, Type::text, Type::text}, {backend, until}, [&](Row& row) {
                DueEvent next{Time(std::chrono::seconds(number(row[0]))), {text(row[1]), text(row[2])}, backend};
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

std::optional<DueEvents::DueEvent> DueEvents::next(Database& reader, Time until) const {
    auto found = first(reader, seconds(until));
    return found.working ? std::move(found.working) : std::move(found.failing);
}

std::optional<Time> DueEvents::next_due(Database& reader) const {
    auto found = first(reader, std::numeric_limits<long long>::max());
    if (found.failing) keep_earlier(found.working, std::move(*found.failing));
    return found.working ? std::optional(found.working->due) : std::nullopt;
}

}  // namespace calendar::delivery
