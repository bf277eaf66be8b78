#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "calendar/delivery/state/schema.h"
#include "tests/calendar/delivery/state/place.h"

using calendar::delivery::Database;
using calendar::delivery::set_up_schema;
using tests::number;
using tests::Place;
using tests::texts;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const fs::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

std::string why(const std::string& url) {
    try {
        const Database database(url);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "opened";
}

}  // namespace

TEST_CASE("the state file and its companions are for the daemon alone") {
    const Place place;
    SUBCASE("made") {}
    SUBCASE("found") {
        std::ofstream(place.file).close();
        fs::permissions(place.file, fs::perms(0644));
    }
    Database database(place.url);
    set_up_schema(database);
    CHECK(database.name() == place.file.string());
    for (const auto& each : fs::directory_iterator(place.folder.path()))
        CHECK_MESSAGE(mode_of(each) == 0600, each.path());
    CHECK(fs::exists(place.file.string() + "-wal"));
}

TEST_CASE("what cannot be a state database is refused in a sentence") {
    const Place place;
    const auto folder = place.folder.path().string();
    std::ofstream(place.folder.path() / "text.db") << std::string(4096, 'x');
    CHECK(why("postgresql://imip@db.example.org/imip") ==
          "state 'postgresql://imip@db.example.org/imip' is not valid; expected sqlite:/path/to/file");
    CHECK(why("sqlite:") == "state 'sqlite:' is not valid; expected sqlite:/path/to/file");
    CHECK(why("sqlite:" + folder + "/none/state.db") ==
          "state '" + folder + "/none/state.db': the directory " + folder + "/none does not exist");
    CHECK(why("sqlite:" + folder + "/a\" readonly=1")
              .ends_with("the path must not contain a quotation mark, a line break or a NUL"));
    CHECK(why("sqlite:" + folder + "/text.db").find("file is not a database") != std::string::npos);
    CHECK(why("sqlite:" + folder).starts_with("state '" + folder + "':"));
}

TEST_CASE("values come back as they were, and statements can be used again") {
    const Place place;
    Database database(place.url);
    database.run("CREATE TABLE t (a TEXT NOT NULL, b BIGINT NOT NULL)");
    const std::vector<std::string> all{"", "'; DROP TABLE t; --", "Übung :a \r\n", std::string(300'000, 'x')};
    for (const auto& text : all)
        CHECK(database.run("INSERT INTO t (a, b) VALUES (:a, :b)", {text, 9'000'000'000LL}) == 1);
    CHECK(texts(database, "SELECT a FROM t ORDER BY rowid") == all);
    CHECK(number(database, "SELECT MAX(b) FROM t") == 9'000'000'000LL);
    CHECK(database.run("UPDATE t SET b = :b", {1LL}) == all.size());
    CHECK(database.run("DELETE FROM t WHERE a = :a", {std::string("none")}) == 0);
}

TEST_CASE("a read that ends early does not pin an old view") {
    const Place place;
    Database writer(place.url);
    writer.run("CREATE TABLE t (a TEXT NOT NULL)");
    for (const auto* each : {"one", "two", "three"})
        writer.run("INSERT INTO t (a) VALUES (:a)", {std::string(each)});
    Database reader(place.url);
    reader.rows("SELECT a FROM t", {Database::Type::text}, {}, [](Database::Row&) { return false; });
    writer.run("INSERT INTO t (a) VALUES (:a)", {std::string("four")});
    CHECK(number(reader, "SELECT COUNT(*) FROM t") == 4);
    long long left = -1;
    writer.rows("PRAGMA wal_checkpoint(TRUNCATE)",
                {Database::Type::integer, Database::Type::integer, Database::Type::integer}, {},
                [&left](Database::Row& row) {
                    left = std::get<long long>(row[0]);
                    return true;
                });
    CHECK_MESSAGE(left == 0, "the checkpoint found a reader in its way");
}

TEST_CASE("a trouble's text holds no value out of the database") {
    const Place place;
    Database database(place.url);
    database.run("CREATE TABLE t (a TEXT PRIMARY KEY)");
    database.run("INSERT INTO t (a) VALUES (:a)", {std::string("secret")});
    try {
        database.run("INSERT INTO t (a) VALUES (:a)", {std::string("secret")});
        FAIL("stored twice");
    } catch (const std::runtime_error& error) {
        const std::string text = error.what();
        CHECK(text.find("UNIQUE constraint failed") != std::string::npos);
        CHECK(text.find("secret") == std::string::npos);
    }
}

TEST_CASE("commits wait for the disk") {
    const Place place;
    Database database(place.url);
    CHECK(number(database, "PRAGMA synchronous") == 2);  // FULL
    CHECK(texts(database, "PRAGMA journal_mode") == std::vector<std::string>{"wal"});
}
