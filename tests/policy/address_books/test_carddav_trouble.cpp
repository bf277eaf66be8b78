#include <doctest/doctest.h>

#include "tests/policy/address_books/carddav_stub.h"
#include "tests/support/process.h"

using namespace tests::carddav;

TEST_CASE("an answer that is none is a failure and never a no") {
    const auto good = state("<cs:getctag>1</cs:getctag>");
    const auto refused =
        "<d:response><d:href>/bob/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>";
    struct Row {
        const char* sentence;
        HttpAnswer state, report;
        const char* want;
    };
    const Row rows[] = {
        {"401", answer(401), good, ": 401 the server did not accept the login"},
        {"403", answer(403), good, ": 403 the server refused access"},
        {"500", answer(500), good, ": 500 server error"},
        {"405", answer(405), good, ": 405 the server refused the request"},
        {"elsewhere", answer(301, {"Location: http://192.0.2.1/"}), good, ": 301 the server redirected the request"},
        {"a page", answer(200, {}, "<html/>"), good, ": 200 is not a WebDAV reply"},
        {"no XML", answer(207, {}, "nothing"), good, ": not XML"},
        {"another XML", answer(207, {}, "<html/>"), good, ": the XML is not a multistatus"},
        {"a refused report", good, answer(403), "REPORT "},
        {"a report that fails", good, answer(500), ": 500 server error"},
        {"a report that is none", good, answer(200, {}, "[]"), ": 200 is not a WebDAV reply"},
        {"a report that breaks off", good, answer(207, {}, multistatus(card("carol@example.org")).substr(0, 300)),
         ": not XML"},
        {"a report that was cut", good, answer(207, {}, multistatus(card("carol@example.org") + refused)),
         ": the server sent a part of the address book only"},
        {"a report that is too large", good, answer(207, {}, std::string(64 * 1024 * 1024 + 1, ' ')),
         ": the reply is larger than 67108864 bytes"},
        {"a broken connection", {HttpAnswer::Then::close, "HTTP/1.1 207 "}, good, "error: PROPFIND "},
    };
    const tests::TemporaryFolder folder;
    tests::write_text(folder.path() / "password", "secret\n");
    for (const Row& row : rows) {
        INFO(row.sentence);
        Server server;
        server.say(row.state, row.report);
        auto options = server.options();
        options.login.username = "bob";
        options.login.password_file = folder.path() / "password";
        const auto got = ask(*make_carddav_book(options), "carol@example.org");
        INFO(got);
        CHECK(got.starts_with("error: "));
        CHECK(got.find(row.want) != std::string::npos);
        CHECK(got.find("secret") == std::string::npos);
    }
}

TEST_CASE("a card that is refused leaves the others") {
    Server server;
    server.say(state(""), answer(207, {},
                                 multistatus("<d:response><d:href>/bob/2.vcf</d:href><d:propstat><d:prop>"
                                             "<c:address-data/></d:prop><d:status>HTTP/1.1 404 Not Found"
                                             "</d:status></d:propstat></d:response>" +
                                             card("carol@example.org"))));
    const auto book = make_carddav_book(server.options());
    CHECK(ask(*book, "carol@example.org") == "yes");
}

TEST_CASE("after a failure there is a rest") {
    Server server;
    SUBCASE("nobody answers: nobody's address book is asked for") {
        server.say({HttpAnswer::Then::close, ""}, {});
        const auto book = make_carddav_book(server.options());
        CHECK(ask(*book, "carol@example.org").starts_with("error: PROPFIND "));
        const auto asked = server.requests().size();
        CHECK(ask(*book, "carol@example.org", "alice").ends_with(" (not asked again for some seconds)"));
        CHECK(server.requests().size() == asked);
    }
    SUBCASE("one address book cannot be read: the others can") {
        server.say(state(""), answer(500));
        const auto book = make_carddav_book(server.options());
        CHECK(ask(*book, "carol@example.org").starts_with("error: REPORT "));
        CHECK(ask(*book, "carol@example.org").ends_with(" (not asked again for some seconds)"));
        CHECK(server.count("REPORT") == 1);
        server.say(state(""), cards("carol@example.org"));
        CHECK(ask(*book, "carol@example.org", "alice") == "yes");
    }
}

TEST_CASE("a copy goes on answering while the server fails") {
    for (const auto& trouble : {answer(503), HttpAnswer{HttpAnswer::Then::close, ""}}) {
        Server server;
        const auto book = make_carddav_book(server.options(1s));
        CHECK(ask(*book, "carol@example.org") == "yes");
        server.say(trouble, trouble);
        CHECK(ask_until([&](const auto&) { return server.count("PROPFIND") > 1; }, *book, "carol@example.org") ==
              "yes");
        CHECK(ask(*book, "mallory@example.org") == "no");
        CHECK(ask(*book, "carol@example.org", "alice").starts_with("error: "));  // there is no copy
    }
}

TEST_CASE("a server that hangs costs no more than the deadline, and no more than the time-out") {
    Server server;
    server.say({HttpAnswer::Then::hang, ""}, {});
    auto options = server.options();
    std::chrono::milliseconds patience = 300ms;
    SUBCASE("the deadline comes first") {
        options.timeout = 60s;
    }
    SUBCASE("the time-out comes first") {
        options.timeout = 300ms;
        patience = 60s;
    }
    const auto book = make_carddav_book(options);
    const auto start = Clock::now();
    CHECK(ask(*book, "carol@example.org", "bob", patience).starts_with("error: PROPFIND "));
    const auto took = Clock::now() - start;
    CHECK(took >= 250ms);
    CHECK(took < 20s);
}

TEST_CASE("a message whose time is over does not stop the next one from asking") {
    Server server;
    server.say({HttpAnswer::Then::hang, ""}, {});
    const auto book = make_carddav_book(server.options());
    CHECK(ask(*book, "carol@example.org", "bob", 50ms).starts_with("error: PROPFIND "));
    server.say(state(""), {HttpAnswer::Then::hang, ""});
    CHECK(ask(*book, "carol@example.org", "bob", 1s).starts_with("error: REPORT "));
    server.say(state(""), cards("carol@example.org"));
    CHECK(ask(*book, "carol@example.org") == "yes");
}

TEST_CASE("nothing is asked when no time is left") {
    Server server;
    const auto book = make_carddav_book(server.options());
    CHECK(ask(*book, "carol@example.org", "bob", -1s).find("no time left to ask") != std::string::npos);
    CHECK(server.requests().empty());
}
