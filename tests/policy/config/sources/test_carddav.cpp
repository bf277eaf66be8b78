#include <filesystem>
#include <string>
#include <variant>

#include <doctest/doctest.h>

#include "policy/config/outside.h"
#include "tests/support/config.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using policy::address_books::CarddavOptions;
using policy::address_books::VcardOptions;
using policy::config::http_url_error;

}  // namespace

TEST_CASE("address books on servers and in folders of vCards are read") {
    const fs::path good = fs::path(TEST_DATA) / "config" / "good";
    const auto config = tests::read_config(good / "carddav.yaml");
    REQUIRE(config.address_books.size() == 4);

    const auto& defaults = std::get<CarddavOptions>(config.address_books[0]);
    CHECK(defaults.url == "https://dav.example.com/{user}/contacts/");
    CHECK(defaults.login.username == "");
    CHECK(defaults.login.password_file == "");
    CHECK(defaults.timeout == 10s);
    CHECK(defaults.refresh == 15min);

    const auto& all = std::get<CarddavOptions>(config.address_books[1]);
    CHECK(all.url == "http://127.0.0.1:5232/{local}/contacts/");
    CHECK(all.login.username == "{user}");
    CHECK(all.login.password_file == good / "secrets/dav.password");
    CHECK(all.timeout == 100ms);
    CHECK(all.refresh == 1s);

    const auto& longest = std::get<CarddavOptions>(config.address_books[2]);
    CHECK(longest.timeout == 300s);
    CHECK(longest.refresh == 24h * 7);

    CHECK(std::get<VcardOptions>(config.address_books[3]).path == (good / "contacts/{user}").string());
}

TEST_CASE("what is wrong with a server's URL") {
    for (const char* good : {"https://dav.example.com", "http://127.0.0.1:5232/", "https://[2001:db8::1]/{user}/",
                             "https://dav.example.com/~bob@example.com/%20/"})
        CHECK_MESSAGE(http_url_error(good) == "", good);
    CHECK(http_url_error("") == "must start with https:// or http://");
    CHECK(http_url_error("ftp://dav.example.com/") == "must start with https:// or http://");
    CHECK(http_url_error("https:///x/") == "must name a host");
    CHECK(http_url_error("https://bob@dav.example.com/") ==
          "must not contain a user name; use 'username' and 'password_file'");
    CHECK(http_url_error("https://dav.{domain}/") == "must not contain a placeholder in its host");
    for (const char* bad : {"https://dav.example.com/?x", "https://dav.example.com/#x", "https://dav.example.com/a b",
                            "https://dav.example.com/<x>", "https://dav.example.com/\\x"})
        CHECK_MESSAGE(http_url_error(bad).starts_with("must not contain a query, a fragment, white space"), bad);
}
