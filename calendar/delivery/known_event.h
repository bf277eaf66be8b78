#pragma once

#include <string>

#include "calendar/delivery/database.h"
#include "calendar/delivery/job.h"

namespace calendar::delivery {

/// The user has to do with this event: he sent it, or one that we brought him was accepted. Part of a transaction.
void remember_event(Database& database, const std::string& user, const std::string& uid, Time now);

}  // namespace calendar::delivery
