#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/delivery/database.h"
#include "calendar/delivery/schema.h"
#include "calendar/delivery/writer.h"
#include "tests/support/process.h"

using calendar::delivery::Database;
using calendar::delivery::migrate;
using calendar::delivery::Writer;
namespace fs = std::filesystem;

namespace {

struct Place {
    tests::TemporaryFolder folder;
    fs::path file = folder.path() / "state of the day.db";
    std::string url = "sqlite:" + file.string();
};

unsigned mode_of(const fs::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

constexpr uid_t nobody = 65534;

/// While it lives this program has no rights over files but their owner's: root would write them all the same.
struct Reader {
    Reader() {
        if (::getuid() == 0) REQUIRE(::seteuid(nobody) == 0);
    }
    ~Reader() { [[maybe_unused]] const auto back = ::seteuid(::getuid()); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
};
void give_to_reader(const fs::path& file, unsigned mode) {
    if (::getuid() == 0) REQUIRE(::chown(file.c_str(), nobody, static_cast<gid_t>(-1)) == 0);
    fs::permissions(file, fs::perms(mode));
}

std::string why(const std::string& url) {
    try {
        const Database database(url);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "opened";
}

std::vector<std::string> texts(Database& database, std::string_view sql) {
    std::vector<std::string> all;
    database.rows(sql, {Database::Type::text}, {}, [&all](Database::Row& row) {
        all.push_back(std::get<std::string>(row[0]));
        return true;
    });
    return all;
}

long long number(Database& database, std::string_view sql) {
    long long found = -1;
    database.rows(sql, {Database::Type::integer}, {}, [&found](Database::Row& row) {
        found = std::get<long long>(row[0]);
        return true;
    });
    return found;
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
    migrate(database);
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
          "state 'postgresql://imip@db.example.org/imip': only sqlite:/path/to/file is built into this version");
    CHECK(why("sqlite:") == "state 'sqlite:': only sqlite:/path/to/file is built into this version");
    CHECK(why("sqlite:" + folder + "/none/state.db") ==
          "state '" + folder + "/none/state.db': there is no folder " + folder + "/none");
    CHECK(
        why("sqlite:" + folder + "/a\" readonly=1").ends_with("the path holds a character that is not allowed there"));
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

TEST_CASE("the schema is made once, and a newer one is left alone") {
    const Place place;
    {
        Database database(place.url);
        migrate(database);
        migrate(database);
        CHECK(number(database, "SELECT COUNT(*) FROM schema_version") == 1);
        database.run("UPDATE schema_version SET version = 7");
    }
    try {
        const Writer writer(place.url);
        FAIL("opened");
    } catch (const std::runtime_error& error) {
        CHECK(std::string(error.what()) == "state '" + place.file.string() +
                                               "' has schema version 7, and this program knows versions up to 3: "
                                               "a newer program has written it");
    }
    Database database(place.url);
    CHECK(number(database, "SELECT version FROM schema_version") == 7);
}

TEST_CASE("a state that may only be read is refused at the start, and not when the first mail comes") {
    const Place before, place;
    {
        Writer writer(before.url);
        writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT)"); });
        fs::copy(before.folder.path(), place.folder.path());  // with the log, as a crash leaves it
    }
    for (const auto& each : fs::directory_iterator(place.folder.path()))
        give_to_reader(each, 0400);
    give_to_reader(place.folder.path(), 0500);
    {
        const Reader reader;
        CHECK_THROWS_WITH_AS(Writer(place.url), doctest::Contains("readonly database"), std::runtime_error);
    }
    for (const auto& each : fs::directory_iterator(place.folder.path()))
        give_to_reader(each, 0600);
    give_to_reader(place.folder.path(), 0700);
    const Reader reader;
    Writer(place.url).write([](Database& database) { database.run("DROP TABLE t"); });
}

TEST_CASE("nothing is written into a file that is no longer at its path") {
    const Place place;
    Writer writer(place.url);
    writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT PRIMARY KEY)"); });
    const auto away = place.folder.path() / "away.db";
    fs::rename(place.file, away);
    SUBCASE("it was removed") {}
    SUBCASE("another took its place") {
        fs::copy_file(away, place.file);
    }
    const std::string wanted =
        "state '" + place.file.string() +
        "': the file was removed or replaced while this program had it open; it must be started again";
    bool worked = false;
    CHECK_THROWS_WITH_AS(writer.write([&worked](Database&) { worked = true; }), wanted.c_str(), std::runtime_error);
    CHECK_FALSE(worked);
    fs::rename(away, place.file);
    writer.write([&worked](Database&) { worked = true; });
    CHECK(worked);
}

TEST_CASE("one bad part of a group does not hurt the others") {
    const Place place;
    Writer writer(place.url);
    writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT PRIMARY KEY)"); });
    const auto insert = [&writer](const std::string& text) {
        writer.write([&text](Database& database) {
            database.run("INSERT INTO t (a) VALUES (:a)", {text});
            if (text == "bad") throw std::logic_error("a bad part");
        });
    };
    // The writer is held up until all others wait, so that they are one group.
    std::promise<void> entered, hold;
    auto held = std::async(std::launch::async, [&] {
        writer.write([&](Database&) {
            entered.set_value();
            hold.get_future().wait();
        });
    });
    entered.get_future().wait();
    std::vector<std::future<void>> parts;
    for (const auto* each : {"one", "bad", "two", "one"})
        parts.push_back(std::async(std::launch::async, [&insert, each] { insert(each); }));
    while (writer.waiting() < parts.size())
        std::this_thread::yield();
    hold.set_value();
    held.get();
    int failed = 0, broken = 0;
    for (auto& part : parts) {
        try {
            part.get();
        } catch (const std::logic_error& error) {
            CHECK(std::string(error.what()) == "a bad part");
            ++broken;
        } catch (const std::runtime_error&) {
            ++failed;  // one of the two "one"
        }
    }
    CHECK(broken == 1);
    CHECK(failed == 1);
    Database reader(place.url);
    CHECK(texts(reader, "SELECT a FROM t ORDER BY a") == std::vector<std::string>{"one", "two"});
}
