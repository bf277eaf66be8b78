#pragma once

#include <string>
#include <string_view>

#include "calendar/delivery/job.h"
#include "calendar/delivery/state/database.h"

/// The table of the events that a user has to do with: sent them, or accepted one that we delivered. Each call is a
/// part of a transaction.
namespace calendar::delivery {

void remember_event(Database& database, const std::string& user, const std::string& uid, Time now);
bool is_known_event(Database& database, const std::string& user, const std::string& uid);
/// Of each row the user is `owner`, and when it was remembered `last`.
inline constexpr std::string_view known_events = "known_events";

}  // namespace calendar::delivery
