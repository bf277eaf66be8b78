#pragma once

#include "calendar/delivery/state/database.h"

namespace calendar::delivery {

/// Makes the tables in an empty database, and brings one of schema 2 to this one. Throws std::runtime_error for a
/// database of another schema, which is left as it is, and for one that cannot be written.
void set_up_schema(Database& database);

/// Throws std::runtime_error unless the tables are those that this program reads. Changes nothing.
void check_schema(Database& database);
/// The same for who writes beside the daemon, which alone brings a database to this schema.
void check_schema_to_write(Database& database);

}  // namespace calendar::delivery
