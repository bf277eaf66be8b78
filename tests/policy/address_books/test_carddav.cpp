#include <stdexcept>

#include <doctest/doctest.h>

#include "tests/policy/address_books/carddav_stub.h"
#include "tests/support/process.h"

using namespace tests::carddav;

TEST_CASE("what a CardDAV server is asked") {
    const tests::TemporaryFolder folder;
    tests::write_text(folder.path() / "password", "secret\r\n");
    Server server;
    auto options = server.options();
    options.url.pop_back();
    options.login.username = "{address}";
    options.login.password_file = folder.path() / "password";
    const auto book = make_carddav_book(options);
    CHECK_FALSE(book->immediate());
    CHECK(ask(*book, "Carol@example.org", "bob+x") == "yes");
    CHECK(ask(*book, "mallory@example.org", "bob+x") == "no");
    const auto requests = server.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].method == "PROPFIND");
    CHECK(requests[0].target == "/dav/bob%2Bx/");
    CHECK(requests[0].headers.at("depth") == "0");
    CHECK(requests[0].headers.at("authorization") == "Basic Ym9iK3hAZXhhbXBsZS5jb206c2VjcmV0");
    CHECK(requests[1].method == "REPORT");
    CHECK(requests[1].target == "/dav/bob%2Bx/");
    CHECK(requests[1].headers.at("depth") == "1");
    CHECK(requests[1].headers.at("authorization") == "Basic Ym9iK3hAZXhhbXBsZS5jb206c2VjcmV0");
    CHECK(requests[1].headers.at("content-type").starts_with("text/xml"));

    CHECK(ask(*book, "carol@example.org", "alice") == "yes");
    CHECK(server.requests().back().target == "/dav/alice/");
}

TEST_CASE("a user whose name would lead elsewhere is not asked for") {
    const tests::TemporaryFolder folder;
    tests::write_text(folder.path() / "password", "secret\n");
    Server server;
    auto options = server.options();
    const auto book = make_carddav_book(options);
    for (const std::string name : {"../alice", "..", ".", "", "a/b"}) {
        INFO(name);
        CHECK(ask(*book, "carol@example.org", name).starts_with("error: 'url' cannot be used for this user: {user} "));
    }
    options.url = server.options().url.substr(0, server.options().url.find("{user}"));
    options.login.username = "{user}";
    options.login.password_file = folder.path() / "password";
    const auto with_login = make_carddav_book(options);
    for (const std::string name : {"bob:x", "", "bob\n"}) {
        INFO(name);
        CHECK(ask(*with_login, "carol@example.org", name) ==
              "error: 'username' cannot be used for this user: empty, or contains ':' or a control character");
    }
    CHECK(server.requests().empty());
}

TEST_CASE("the address book is read again only when its state changed") {
    Server server;
    const auto book = make_carddav_book(server.options(1s));
    const auto asked_again = [&server](std::size_t before) {
        return [&server, before](const auto&) { return server.count("PROPFIND") > before; };
    };
    SUBCASE("the ctag and the sync-token stay") {
        server.say(state("<cs:getctag>1</cs:getctag><d:sync-token>a</d:sync-token>"), cards("carol@example.org"));
        CHECK(ask(*book, "carol@example.org") == "yes");
        CHECK(ask_until(asked_again(2), *book, "carol@example.org") == "yes");
        CHECK(server.count("PROPFIND") == 3);
        CHECK(server.count("REPORT") == 1);
    }
    SUBCASE("only a sync-token, and it stays") {
        server.say(state("<d:sync-token>a</d:sync-token>"), cards("carol@example.org"));
        CHECK(ask(*book, "carol@example.org") == "yes");
        CHECK(ask_until(asked_again(1), *book, "carol@example.org") == "yes");
        CHECK(server.count("REPORT") == 1);
    }
    SUBCASE("only a ctag, and it stays") {
        CHECK(ask(*book, "carol@example.org") == "yes");
        CHECK(ask_until(asked_again(1), *book, "carol@example.org") == "yes");
        CHECK(server.count("REPORT") == 1);
    }
    SUBCASE("the ctag changes") {
        CHECK(ask(*book, "carol@example.org") == "yes");
        server.say(state("<cs:getctag>2</cs:getctag>"), cards("dave@example.org"));
        CHECK(ask_until(asked_again(1), *book, "carol@example.org") == "no");
        CHECK(ask(*book, "dave@example.org") == "yes");
        CHECK(server.count("REPORT") == 2);
    }
    SUBCASE("the sync-token changes") {
        server.say(state("<d:sync-token>a</d:sync-token>"), cards("carol@example.org"));
        CHECK(ask(*book, "carol@example.org") == "yes");
        server.say(state("<d:sync-token>b</d:sync-token>"), cards("dave@example.org"));
        CHECK(ask_until(asked_again(1), *book, "dave@example.org") == "yes");
        CHECK(server.count("REPORT") == 2);
    }
    SUBCASE("the ctag changes, the sync-token stays") {
        server.say(state("<cs:getctag>1</cs:getctag><d:sync-token>a</d:sync-token>"), cards("carol@example.org"));
        CHECK(ask(*book, "carol@example.org") == "yes");
        server.say(state("<cs:getctag>2</cs:getctag><d:sync-token>a</d:sync-token>"), cards("dave@example.org"));
        CHECK(ask_until(asked_again(1), *book, "dave@example.org") == "yes");
    }
    SUBCASE("the server knows neither") {
        server.say(state(""), cards("carol@example.org"));
        CHECK(ask(*book, "carol@example.org") == "yes");
        server.say(state(""), cards("dave@example.org"));
        CHECK(ask_until(asked_again(1), *book, "dave@example.org") == "yes");
        CHECK(server.count("REPORT") == 2);
    }
}

TEST_CASE("no such address book is a clean no, remembered like any other") {
    for (const int status : {404, 410}) {
        Server server;
        server.say(answer(status), cards("carol@example.org"));
        const auto book = make_carddav_book(server.options(1s));
        CHECK(ask(*book, "carol@example.org") == "no");
        CHECK(ask(*book, "dave@example.org") == "no");
        CHECK(server.count("REPORT") == 0);
        server.say(state("<cs:getctag>1</cs:getctag>"), cards("carol@example.org"));
        CHECK(ask_until([&](const auto&) { return server.count("REPORT") == 1; }, *book, "carol@example.org") == "yes");
    }
    Server server;  // it went between the two questions
    server.say(state("<cs:getctag>1</cs:getctag>"), answer(404));
    const auto book = make_carddav_book(server.options());
    CHECK(ask(*book, "carol@example.org") == "no");
}

TEST_CASE("the bound on the number of copies") {
    Server server;
    server.say(answer(404), {});
    const auto book = make_carddav_book(server.options());
    const auto user = [](std::size_t i) { return "user" + std::to_string(i); };
    constexpr std::size_t most = 10'000;
    std::size_t errors = 0;
    for (std::size_t i = 0; i < most; ++i)
        errors += ask(*book, "carol@example.org", user(i)) != "no";
    CHECK(errors == 0);
    CHECK(ask(*book, "carol@example.org", user(0)) == "no");
    CHECK(server.count("PROPFIND") == most);
    CHECK(ask(*book, "carol@example.org", user(most)) == "no");
    CHECK(ask(*book, "carol@example.org", user(0)) == "no");  // it was used just before
    CHECK(server.count("PROPFIND") == most + 1);
    CHECK(ask(*book, "carol@example.org", user(1)) == "no");
    CHECK(server.count("PROPFIND") == most + 2);
}

TEST_CASE("what can never work is said at the start") {
    const auto said = [](const std::string& url, const std::string& username = "") {
        CarddavOptions options;
        options.url = url;
        options.login.username = username;
        options.login.password_file = "/nonexistent/password";
        try {
            make_carddav_book(options);
            return std::string("nothing");
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
    };
    CHECK(said("https://dav.example.com/{user}/") == "nothing");
    CHECK(said("https://dav.example.com/{user}/", "bob") ==
          "cannot read password file /nonexistent/password: No such file or directory");
    const std::string no_url = "'url' must be http://HOST/PATH/ or https://HOST/PATH/ without a user name";
    CHECK(said("https://bob:secret@dav.example.com/") == no_url);
    CHECK(said("ftp://dav.example.com/") == no_url);
    CHECK(said("dav.example.com") == no_url);
    for (const char* url : {"https://{domain}/", "https://bob:secret@{domain}/"})
        CHECK(said(url) ==
              "the host of 'url' must not contain a placeholder: a sender could choose where the password is sent");
}
