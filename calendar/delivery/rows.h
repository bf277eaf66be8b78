#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar/delivery/database.h"
#include "calendar/delivery/queue.h"

/// The rows of the state database that the queue reads and writes, each a part of a transaction.
namespace calendar::delivery {

using Event = std::pair<std::string, std::string>;  ///< user, UID

long long seconds(Time time);
long long number(const Database::Value& value);
std::string& text(Database::Value& value);

std::string payload_text(const Job& job);
/// A job, or what a known one becomes when its mail comes again (see Queue::commit). False when nothing changed.
bool insert(Database& database, const Job& job, const std::string& payload);
void insert(Database& database, const AuditRow& row);
void update(Database& database, const JobResult& result);

/// The columns of a job but its payload, as the two below read them; and their types, with those of further columns.
constexpr std::string_view job_columns =
    "id, owner, uid, backend, decided, state, created, queue_id, method, rule, place, sender, recipient";
std::vector<Database::Type> job_types(std::initializer_list<Database::Type> others = {});
JobSummary summary_of(Database::Row& row);
/// The payload is the first of the further columns. Throws as read_payload() does, and for an unknown method.
Job read_job(Database::Row& row);

/// Held jobs that came before that, the oldest first.
std::vector<JobSummary> read_held(Database& database, Time before);

std::vector<itip::ReplyMark> read_marks(Database& database, const Event& event);
void write_marks(Database& database, const Event& event, const std::vector<itip::ReplyMark>& wanted, Time now);

}  // namespace calendar::delivery
