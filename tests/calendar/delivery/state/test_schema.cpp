#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/delivery/state/schema.h"
#include "calendar/delivery/state/state.h"
#include "tests/calendar/delivery/settings.h"
#include "tests/calendar/delivery/state/place.h"

using calendar::delivery::Database;
using calendar::delivery::set_up_schema;
using calendar::delivery::State;
using tests::Place;
namespace fs = std::filesystem;

TEST_CASE("the schema is made once, and a file of any other is left as it is") {
    struct Case {
        const char* name;
        std::vector<std::string> statements;  // on a file of this schema
        std::string error;                    // FILE stands for its path
    };
    const std::string anew =
        ". To begin anew, stop imip-milter and move the file away, together with FILE-wal and FILE-shm; invitations "
        "that wait in it, held ones, and what was learned are lost";
    const std::vector<Case> cases{
        {"this one", {}, ""},
        {"a newer one",
         {"PRAGMA user_version = 7"},
         "state 'FILE' has schema 7, which a newer version wrote; this version reads schema 3: install the newer "
         "version again"},
        {"one from before the first release",
         {"PRAGMA user_version = 0", "CREATE TABLE schema_version (version BIGINT NOT NULL)",
          "INSERT INTO schema_version (version) VALUES (1)"},
         "state 'FILE' has schema 0, and this version reads schema 3" + anew},
        {"somebody else's",
         {"PRAGMA user_version = -1"},
         "state 'FILE' has schema -1, and this version reads schema 3" + anew},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const Place place;
        auto error = each.error;
        for (std::size_t at = 0; (at = error.find("FILE", at)) != std::string::npos;)
            error.replace(at, 4, place.file.string());
        {
            Database database(place.url);
            set_up_schema(database);
            for (const auto& statement : each.statements)
                database.run(statement);
        }
        const auto before = tests::read_text(place.file);
        const auto refusal = [&](const auto& open) {
            try {
                open();
            } catch (const std::runtime_error& refused) {
                return std::string(refused.what());
            }
            return std::string();
        };
        CHECK(refusal([&] { State::open_read_only(place.url); }) == error);
        CHECK(tests::read_text(place.file) == before);
        CHECK(refusal([&] { const State state(place.url); }) == error);
        if (!error.empty()) CHECK(tests::read_text(place.file) == before);
    }
}

TEST_CASE("a state of schema 2 has its UIDs as text from then on, and what was there twice is there once") {
    const Place place;
    {
        Database database(place.url);
        set_up_schema(database);
        const auto mark = [](const char* uid, const char* instance, int sequence, const char* stamp) {
            return fmt::format(
                "INSERT INTO marks (owner, uid, attendee, recurrence_id, sequence, dtstamp, changed) VALUES ('bob', "
                "'{}', '', '{}', {}, '{}', 0)",
                uid, instance, sequence, stamp);
        };
        const auto known = [](const char* owner, const char* uid, int last) {
            return fmt::format("INSERT INTO known_events (owner, uid, last) VALUES ('{}', '{}', {})", owner, uid, last);
        };
        for (const auto& statement :
             {mark("a\\;b", "raw is newer", 2, "x"), mark("a;b", "raw is newer", 1, "y"),
              mark("a\\;b", "raw is older", 1, "x"), mark("a;b", "raw is older", 1, "y"), mark("a\\;b", "raw", 1, "x"),
              mark("a\\;b", "three", 1, "x"), mark("\\a;b", "three", 3, "x"), mark("a;b", "three", 2, "x"),
              mark("a\\\\;b", "its own backslash", 5, "x"), mark("a\\;b", "its own backslash", 3, "x"),
              known("bob", "a\\;b", 1), known("bob", "a;b", 2), known("alice", "a\\;b", 2), known("alice", "a;b", 1),
              std::string("INSERT INTO audit (time, queue_id, job, owner, uid, method, event, outcome, reason, rule, "
                          "place, detail, attempt) VALUES (0, '', '', 'bob', 'a\\;b', '', '', '', '', '', '', '', 0)"),
              std::string(
                  "INSERT INTO jobs (id, owner, uid, backend, decided, state, due, created, attempts, queue_id, "
                  "sender, recipient, method, rule, place, bytes, content, mail, payload) VALUES ('1', 'bob', "
                  "'a\\;b', '', 1, 'waiting', 0, 0, 0, '', '', '', '', '', '', 0, '', '', '')"),
              std::string("PRAGMA user_version = 2")})
            database.run(statement);
    }
    CHECK_MESSAGE(State::open_read_only(place.url) != nullptr, "as long as the old program runs, it can be read");
    {
        State state(place.url);
        state.read([](Database& database) {
            using tests::texts;
            using Texts = std::vector<std::string>;
            CHECK(texts(database,
                        "SELECT uid || ', ' || recurrence_id || ' ' || sequence || dtstamp FROM marks ORDER "
                        "BY recurrence_id, uid") == Texts{"a;b, its own backslash 3x", "a\\;b, its own backslash 5x",
                                                          "a;b, raw 1x", "a;b, raw is newer 2x", "a;b, raw is older 1y",
                                                          "a;b, three 3x"});
            CHECK(texts(database, "SELECT owner || ' ' || uid || ' ' || last FROM known_events ORDER BY owner") ==
                  Texts{"alice a;b 2", "bob a;b 2"});
            CHECK(texts(database, "SELECT uid FROM jobs") == Texts{"a;b"});
            CHECK(texts(database, "SELECT uid FROM audit") == Texts{"a;b"});
        });
        state.writer().write([](Database& database) { database.run("UPDATE jobs SET uid = 'a\\;b'"); });
    }
    State again(place.url);
    CHECK(again.read([](Database& database) { return tests::texts(database, "SELECT uid FROM jobs"); }) ==
          std::vector<std::string>{"a\\;b"});  // a backslash that is a letter of the UID stays
}

TEST_CASE("undecided jobs of a state of schema 2 wait for the decided ones of their event from then on") {
    tests::QueueSetting setting;
    const auto due_of = [&] { return setting.queue.next_due(); };
    for (const bool decided : {true, false}) {
        auto job = tests::for_event(decided ? "d" : "u", "party", tests::noon + std::chrono::hours(4));
        job.decided = decided;
        setting.queue.commit({job}, {});
    }
    setting.state.writer().write([](Database& database) {
        database.run("UPDATE jobs SET due = 0 WHERE decided = 0");
        database.run("PRAGMA user_version = 2");
    });
    REQUIRE(due_of() == calendar::delivery::Time());
    const State daemon(setting.url);
    CHECK_MESSAGE(due_of() == tests::noon + std::chrono::hours(4), "or a worker looks for it again and again");
}

TEST_CASE("a state of this schema may lack the column of an earlier build") {
    const Place place;
    {
        Database database(place.url);
        set_up_schema(database);
        for (const auto* statement :
             {"DROP INDEX jobs_turns", "DROP INDEX jobs_held_of", "ALTER TABLE jobs DROP COLUMN domain",
              "INSERT INTO jobs (id, owner, uid, backend, decided, state, due, created, "
              "attempts, queue_id, sender, recipient, method, rule, place, bytes, content, "
              "mail, payload) VALUES ('1', 'bob', 'a', '', 1, 'done', 0, 0, 0, '', "
              "'a@x.org', '', '', '', '', 0, '', '', '')"})
            database.run(statement);
    }
    for (int start = 0; start < 2; ++start) {
        State state(place.url);
        CHECK(state.read([](Database& database) { return tests::texts(database, "SELECT id || domain FROM jobs"); }) ==
              std::vector<std::string>{"1"});
    }
}

TEST_CASE("who writes beside the daemon leaves it to the daemon to bring a state to this schema") {
    const Place place;
    CHECK(State::open_existing(place.url) == nullptr);
    const State daemon(place.url);
    REQUIRE(State::open_existing(place.url) != nullptr);
    Database(place.url).run("PRAGMA user_version = 2");
    CHECK_THROWS_WITH_AS(
        State::open_existing(place.url),
        fmt::format(
            "state '{}' has schema 2, and this version writes schema 3: restart imip-milter, which brings it to "
            "that, and try again",
            place.file.string())
            .c_str(),
        std::runtime_error);
    CHECK(Database::exists(place.url));
    CHECK(State::open_read_only(place.url)->read([](Database& database) {
        return tests::texts(database, "SELECT '' || user_version FROM pragma_user_version");
    }) == std::vector<std::string>{"2"});
}

TEST_CASE("an empty file is not a state to look at") {
    const Place place;
    std::ofstream(place.file).close();
    CHECK_THROWS_WITH_AS(State::open_read_only(place.url), doctest::Contains("has schema 0"), std::runtime_error);
    CHECK(fs::file_size(place.file) == 0);
}
