#pragma once

#include <cstddef>
#include <vector>

#include "calendar/delivery/audit_row.h"
#include "calendar/delivery/state/database.h"

/// The table of what was decided and done. Each call is a part of a transaction.
namespace calendar::delivery {

/// A `retry` is then the only one of its job, and a `left` of its mail and user.
void insert(Database& database, const AuditRow& row);
/// At most this many, newest last.
std::vector<AuditRow> newest_rows(Database& database, std::size_t most);

}  // namespace calendar::delivery
