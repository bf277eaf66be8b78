#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "calendar/delivery/job.h"
#include "calendar/delivery/state/database.h"

/// The table of the events that a user has to do with: sent them, or accepted one that we delivered. Each call is a
/// part of a transaction.
namespace calendar::delivery {

void remember_event(Database& database, const std::string& user, const std::string& uid, Time now);
bool is_known_event(Database& database, const std::string& user, const std::string& uid);
/// Forgets what was last remembered before this.
void forget_events_before(Database& database, Time before);
/// Keeps at most this many events of a user; what was last remembered longest ago goes first.
void keep_newest_events(Database& database, const std::string& user, std::size_t most);
std::vector<std::string> users_with_events(Database& database);

}  // namespace calendar::delivery
