#pragma once

#include <string>
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

std::string payload_of(const Job& job);
/// A job, or what a known one becomes when its mail comes again (see Queue::commit). False when nothing changed.
bool insert(Database& database, const Job& job, const std::string& payload);
void insert(Database& database, const AuditRow& row);
void update(Database& database, const JobResult& settled);

std::vector<itip::ReplyMark> read_marks(Database& database, const Event& event);
void write_marks(Database& database, const Event& event, const std::vector<itip::ReplyMark>& wanted, Time now);

}  // namespace calendar::delivery
