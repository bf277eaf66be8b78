#pragma once

#include "calendar/delivery/state/database.h"

namespace calendar::delivery {

/// Makes the tables in an empty database. Throws std::runtime_error for a database of another schema, which is left as
/// it is, and for one that cannot be written.
void set_up_schema(Database& database);

/// Throws std::runtime_error unless the tables are those that this program reads. Changes nothing.
void check_schema(Database& database);

}  // namespace calendar::delivery
