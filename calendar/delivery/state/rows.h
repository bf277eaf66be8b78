#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar/delivery/job_result.h"
#include "calendar/delivery/state/database.h"

/// The rows of the state database that the queue reads and writes, each a part of a transaction.
namespace calendar::delivery {

long long seconds(Time time);
long long number(const Database::Value& value);
std::string& text(Database::Value& value);

std::string payload_text(const Job& job);
/// A job, or what a known one becomes when its mail comes again (see Queue::commit). False when nothing changed. No
/// undecided job of an event is due before a decided one that waits.
bool insert(Database& database, const Job& job, const std::string& payload);
void update(Database& database, const JobResult& result);
void forget(Database& database, const std::string& job);
bool is_decided(Database& database, const std::string& job);

/// The columns of a job but its payload, as the two below read them; and their types, with those of further columns.
constexpr std::string_view job_columns =
    "id, owner, uid, backend, decided, state, created, queue_id, method, rule, place, sender, recipient, content, mail";
std::vector<Database::Type> job_types(std::initializer_list<Database::Type> others = {});
JobSummary summary_of(Database::Row& row);
/// The payload is the first of the further columns; `content` is the kept message that the job names, if it does.
/// Throws as read_payload() does, and for an unknown method.
Job read_job(Database::Row& row, const std::optional<std::string>& content);
/// Where the columns have the payload, and the id of the content.
constexpr std::size_t payload_column = 15, content_column = 13;

/// At most this many of the held jobs that came before that, in the order in which they came.
std::vector<JobSummary> read_held(Database& database, Time before, std::size_t most);
/// Those of one event.
std::vector<JobSummary> read_held(Database& database, const Event& event, const std::string& sender, std::size_t most);
/// Held no longer, and not to be done; whether it was held.
bool drop_held(Database& database, const std::string& job, Time now);

/// Of these attendees and those without one; none: all.
std::vector<itip::ReplyMark> read_marks(Database& database, const Event& event,
                                        const std::optional<std::vector<std::string>>& attendees);
void write_marks(Database& database, const Event& event, const MarkChanges& changes, Time now);

}  // namespace calendar::delivery
