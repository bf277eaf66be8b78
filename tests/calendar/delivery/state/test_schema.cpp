#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/state/schema.h"
#include "calendar/delivery/state/state.h"
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
         "state 'FILE' has schema 7, which a newer version wrote; this version reads schema 2: install the newer "
         "version again"},
        {"one from before the first release",
         {"PRAGMA user_version = 0", "CREATE TABLE schema_version (version BIGINT NOT NULL)",
          "INSERT INTO schema_version (version) VALUES (1)"},
         "state 'FILE' has schema 0, and this version reads schema 2" + anew},
        {"somebody else's",
         {"PRAGMA user_version = -1"},
         "state 'FILE' has schema -1, and this version reads schema 2" + anew},
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

TEST_CASE("an empty file is not a state to look at") {
    const Place place;
    std::ofstream(place.file).close();
    CHECK_THROWS_WITH_AS(State::open_read_only(place.url), doctest::Contains("has schema 0"), std::runtime_error);
    CHECK(fs::file_size(place.file) == 0);
}
