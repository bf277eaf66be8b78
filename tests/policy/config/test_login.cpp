#include <filesystem>
#include <map>
#include <string>
#include <variant>

#include <doctest/doctest.h>

#include "policy/config/config.h"
#include "tests/support/config.h"

TEST_CASE("how to log in to a calendar server and to an address book") {
    const auto good = std::filesystem::path(TEST_DATA) / "config" / "good";
    const auto config = tests::read_config(good / "login.yaml");
    const auto& login = std::get<calendar::connectors::CaldavOptions>(config.backends.at("default")).login;
    CHECK(login.username == "milter");
    CHECK(login.password_file == good / "secrets/{user}");
    CHECK(login.headers == std::map<std::string, std::string>{{"Authorize-As", "{user}"}, {"X-Site", "a: b"}});
    CHECK(login.certificate == good / "secrets/milter.crt");
    CHECK(login.key == good / "secrets/milter.key");
    CHECK(login.ca_file == "/etc/ssl/site.pem");
    CHECK(login.token_file == "");
    CHECK(login.is_personal());
    CHECK(std::get<calendar::connectors::CaldavOptions>(config.backends.at("default")).quiet);
    CHECK_FALSE(std::get<calendar::connectors::CaldavOptions>(config.backends.at("loud")).quiet);
    REQUIRE(config.address_books.size() == 1);
    const auto& book = std::get<policy::address_books::CarddavOptions>(config.address_books.front()).login;
    CHECK(book.token_file == good / "secrets/token");
    CHECK(book.username == "");
    CHECK_FALSE(book.is_personal());
}
