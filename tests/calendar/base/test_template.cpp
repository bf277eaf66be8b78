#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/base/template.h"

using namespace calendar::base;

namespace {
const Owner bob{"bob", "robert@example.com"};
}

TEST_CASE("placeholders are filled in") {
    struct Row {
        const char* pattern;
        std::string want;
    };
    for (const Row& row : std::vector<Row>{
             {"/cal/{user}/default", "/cal/bob/default"},
             {"{local} at {domain}", "robert at example.com"},
             {"{address}", "robert@example.com"},
             {"{user}{user}", "bobbob"},
             {"no placeholder", "no placeholder"},
             {"", ""},
             {"{unknown} {user", "{unknown} {user"},
             {"} {", "} {"},
             {"{{user}}", "{bob}"},
         }) {
        INFO(row.pattern);
        CHECK(expand_text(row.pattern, bob) == row.want);
    }
}

TEST_CASE("a value is never read as a pattern") {
    CHECK(expand_text("{user}", {"{domain}", "x@example.com"}) == "{domain}");
}

TEST_CASE("in URLs every value is percent-encoded and the pattern is not") {
    struct Row {
        std::string user, want;
    };
    for (const Row& row : std::vector<Row>{
             {"bob", "https://dav.example.com/a%20b/bob/"},
             {"../x", "https://dav.example.com/a%20b/..%2Fx/"},
             {"a?b#c&d=e", "https://dav.example.com/a%20b/a%3Fb%23c%26d%3De/"},
             {"50%", "https://dav.example.com/a%20b/50%25/"},
             {"j\xC3\xB6rg", "https://dav.example.com/a%20b/j%C3%B6rg/"},
             {std::string("a\0b", 3), "https://dav.example.com/a%20b/a%00b/"},
             {"a-b._~Z9", "https://dav.example.com/a%20b/a-b._~Z9/"},
             {"a@b:c", "https://dav.example.com/a%20b/a%40b%3Ac/"},
         }) {
        INFO(row.want);
        CHECK(expand_url("https://dav.example.com/a%20b/{user}/", {row.user, "x@example.com"}) == row.want);
    }
}

TEST_CASE("in paths a value is one name or refused") {
    for (const std::string good : {"bob", "j\xC3\xB6rg", "a b", "...", ".hidden", "%2F", "a\\b"}) {
        INFO(good);
        const auto path = expand_path("/cal/{user}/x", {good, "x@example.com"});
        REQUIRE(path.has_value());
        CHECK(*path == "/cal/" + good + "/x");
    }
    struct Row {
        std::string user, want;
    };
    for (const Row& row : std::vector<Row>{
             {"", "{user} is empty"},
             {".", "{user} would leave the folder"},
             {"..", "{user} would leave the folder"},
             {"../bob", "{user} contains '/'"},
             {"/", "{user} contains '/'"},
             {std::string("bob\0", 4), "{user} contains a control character"},
             {"bob\n", "{user} contains a control character"},
             {"bob\x7f", "{user} contains a control character"},
         }) {
        INFO(row.want);
        const auto path = expand_path("/cal/{user}", {row.user, "x@example.com"});
        REQUIRE_FALSE(path.has_value());
        CHECK(path.error() == row.want);
    }
    CHECK_FALSE(expand_path("/cal/{domain}", {"bob", "no-at-sign"}).has_value());
    CHECK_MESSAGE(expand_path("/cal/{local}", {"../..", "robert@example.com"}).has_value(),
                  "only what is used is looked at");
}
