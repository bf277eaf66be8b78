#pragma once

#include "calendar/delivery/database.h"

namespace calendar::delivery {

/// Brings the tables of the state database to the schema that this program knows, in one transaction.
/// Throws std::runtime_error for a database of a newer schema, which is left as it is, and for one that cannot be
/// written.
void migrate(Database& database);

}  // namespace calendar::delivery
