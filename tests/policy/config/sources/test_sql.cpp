#include <filesystem>
#include <string>
#include <variant>

#include <doctest/doctest.h>

#include "tests/support/config.h"

TEST_CASE("users out of SQL databases are read") {
    using namespace std::chrono_literals;
    using policy::users::SqlOptions;
    const auto good = std::filesystem::path(TEST_DATA) / "config" / "good";
    const auto config = tests::read_config(good / "sql.yaml");
    REQUIRE(config.users.sources.size() == 3);

    const auto& server = std::get<SqlOptions>(config.users.sources[0]);
    CHECK(server.database == "postgresql://imip%2Dmilter@[2001:db8::5]:5433/mail");
    CHECK(server.password_file == good / "parts/sql.password");
    CHECK(server.query.text.starts_with(" \nSELECT u.name AS \"user\""));
    CHECK(server.timeout == 1500ms);
    CHECK(server.cache.found == 10min);
    CHECK(server.cache.nobody == 5s);

    const auto& file = std::get<SqlOptions>(config.users.sources[1]);
    CHECK(file.database == "sqlite:" + (good / "parts/users of ours.db").string());
    CHECK_FALSE(file.password_file);
    CHECK(file.timeout == 5s);
    CHECK(file.cache.found == 5min);
    CHECK(file.cache.nobody == 1min);

    CHECK(std::get<SqlOptions>(config.users.sources[2]).database == "postgresql://%2Frun%2Fpostgresql/mail");
}
