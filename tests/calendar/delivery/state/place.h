#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/delivery/state/database.h"
#include "tests/support/process.h"
#include "tests/support/texts.h"

namespace tests {

/// A folder of its own for a state file, which is not there yet.
struct Place {
    TemporaryFolder folder;
    std::filesystem::path file = folder.path() / "state of the day.db";
    std::string url = "sqlite:" + file.string();
};

/// The one number that a statement gives.
inline long long number(calendar::delivery::Database& database, std::string_view sql) {
    long long found = -1;
    database.rows(sql, {calendar::delivery::Database::Type::integer}, {},
                  [&found](calendar::delivery::Database::Row& row) {
                      found = std::get<long long>(row[0]);
                      return true;
                  });
    return found;
}

/// The one text column of a statement.
inline std::vector<std::string> texts(calendar::delivery::Database& database, std::string_view sql) {
    std::vector<std::string> all;
    database.rows(sql, {calendar::delivery::Database::Type::text}, {}, [&all](calendar::delivery::Database::Row& row) {
        all.push_back(std::get<std::string>(row[0]));
        return true;
    });
    return all;
}

}  // namespace tests
