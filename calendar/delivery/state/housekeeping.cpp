#include "calendar/delivery/state/housekeeping.h"

#include <string_view>

#include "calendar/delivery/state/audit.h"
#include "calendar/delivery/state/due.h"
#include "calendar/delivery/state/kept_messages.h"
#include "calendar/delivery/state/rows.h"

namespace calendar::delivery {

namespace {

using Row = Database::Row;
using Type = Database::Type;

constexpr std::size_t deleted_at_once = 500;  // so that a commit never waits long
constexpr std::size_t pages_at_once = 500;    // the same

void forget_held(State& state, Time before, Time now) {
    while (true) {
        const auto too_old = state.read([&](Database& reader) { return read_held(reader, before, deleted_at_once); });
        if (too_old.empty()) break;
        state.writer().write([&](Database& database) {
            for (const auto& job : too_old)
                if (drop_held(database, job.id, now)) insert(database, audit_row(job, "expired", now));
        });
    }
}

/// Indexes by time would cost every commit pages. So the reader walks through the rows once, while commits go on, and
/// the writer deletes what it found, helping by helping.
void forget_rows(State& state, std::string_view find, std::string_view forget_those, Time before) {
    for (long long from = 0, to = 0;; from = to) {
        state.read([&](Database& reader) {
            reader.rows(find, {Type::integer}, {from, seconds(before), static_cast<long long>(deleted_at_once)},
                        [&to](Row& row) {
                            to = number(row[0]);
                            return true;
                        });
        });
        if (to == from) return;
        state.writer().write([&](Database& database) { database.run(forget_those, {from, to, seconds(before)}); });
    }
}

void forget_unneeded_messages(State& state) {
    while (true) {
        const auto unneeded = state.read([](Database& reader) { return unneeded_messages(reader, deleted_at_once); });
        if (unneeded.empty()) break;
        state.writer().write([&](Database& database) {
            for (const auto& id : unneeded)
                forget_unneeded(database, {.content = id, .mail = {}});
        });
    }
}

}  // namespace

void forget_old(State& state, const Expiry& expiry, Time now) {
    state.writer().write([&](Database& database) {
        const auto latest = seconds(now + expiry.longest_wait);
        if (database.run("UPDATE jobs SET due = :now WHERE state = 'waiting' AND due > :latest",
                         {seconds(now), latest}) > 0)
            let_undecided_wait(database);
    });
    forget_held(state, expiry.held_before, now);
    forget_rows(
        state,
        "SELECT position FROM jobs WHERE position > :from AND state = 'done' AND due < :before ORDER BY position "
        "LIMIT :limit",
        "DELETE FROM jobs WHERE position > :from AND position <= :to AND state = 'done' AND due < :before",
        expiry.done_before);
    // As long as anything happens to an event, its old replies are not to count again.
    forget_rows(
        state, "SELECT position FROM marks WHERE position > :from AND changed < :before ORDER BY position LIMIT :limit",
        "DELETE FROM marks WHERE position > :from AND position <= :to AND NOT EXISTS (SELECT 1 FROM marks AS other "
        "WHERE other.owner = marks.owner AND other.uid = marks.uid AND other.changed >= :before)",
        expiry.marks_before);
    forget_rows(
        state,
        "SELECT position FROM jobs WHERE position > :from AND state = 'given_up' AND due < :before ORDER BY position "
        "LIMIT :limit",
        "DELETE FROM jobs WHERE position > :from AND position <= :to AND state = 'given_up' AND due < :before",
        expiry.audit_before);
    forget_rows(state,
                "SELECT position FROM audit WHERE position > :from AND time < :before ORDER BY position LIMIT :limit",
                "DELETE FROM audit WHERE position > :from AND position <= :to AND time < :before", expiry.audit_before);
    forget_unneeded_messages(state);
}

void give_back_space(State& state) {
    std::size_t left = 0, before = 0;
    do {
        before = left;
        state.writer().write([&left](Database& database) { left = database.give_back(pages_at_once); },
                             Database::Durable::soon);
    } while (left != 0 && left != before);
    state.read([](Database& reader) { reader.checkpoint(); });
}

}  // namespace calendar::delivery
