#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "policy/address_books/address_book.h"
#include "tests/support/process.h"
#include "tests/support/stub_http.h"

namespace {

using namespace std::chrono_literals;
using calendar::connectors::Owner;
using calendar::itip::Address;
using policy::address_books::AddressBook;
using policy::address_books::CarddavOptions;
using policy::address_books::make_carddav_book;
using tests::answer;
using tests::HttpAnswer;
using tests::HttpRequest;
using tests::StubHttp;
using Clock = std::chrono::steady_clock;

/// "yes", "no", or "error: …"
std::string ask(AddressBook& book, const std::string& sender, const std::string& user = "bob",
                std::chrono::milliseconds patience = 20s) {
    const auto known = book.knows(Owner{user, user + "@example.com"}, *Address::parse(sender), Clock::now() + patience);
    if (known) return *known ? "yes" : "no";
    return "error: " + known.error();
}

/// Asks until `done()`; the last answer.
template <class Done>
std::string ask_until(Done done, AddressBook& book, const std::string& sender) {
    std::string got;
    for (const auto end = Clock::now() + 20s; Clock::now() < end;) {
        got = ask(book, sender);
        if (done()) break;
        std::this_thread::sleep_for(20ms);
    }
    return got;
}

std::string multistatus(const std::string& inner) {
    return "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:carddav\" "
           "xmlns:cs=\"http://calendarserver.org/ns/\">" +
           inner + "</d:multistatus>";
}

HttpAnswer state(const std::string& properties) {
    return answer(207, {},
                  multistatus("<d:response><d:href>/bob/</d:href><d:propstat><d:prop>" + properties +
                              "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"));
}

std::string card(const std::string& email) {
    return "<d:response><d:href>/bob/1.vcf</d:href><d:propstat><d:prop><c:address-data>BEGIN:VCARD\nEMAIL:" + email +
           "\nEND:VCARD</c:address-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>";
}

HttpAnswer cards(const std::string& email) {
    return answer(207, {}, multistatus(card(email)));
}

/// A server whose two answers can be changed while it runs.
class Server {
  public:
    Server()
        : http_([this](const HttpRequest& request) {
              const std::lock_guard lock(mutex_);
              return request.method == "PROPFIND" ? state_ : report_;
          }) {}

    void say(const HttpAnswer& state, const HttpAnswer& report) {
        const std::lock_guard lock(mutex_);
        state_ = state;
        report_ = report;
    }
    std::vector<HttpRequest> requests() const { return http_.requests(); }
    std::size_t count(const std::string& method) const {
        std::size_t count = 0;
        for (const auto& each : http_.requests())
            count += each.method == method;
        return count;
    }
    CarddavOptions options(std::chrono::seconds refresh = 900s) const {
        CarddavOptions options;
        options.url = http_.url() + "/dav/{user}/";
        options.timeout = 10s;
        options.refresh = refresh;
        return options;
    }

  private:
    std::mutex mutex_;
    HttpAnswer state_ = state("<cs:getctag>1</cs:getctag>");
    HttpAnswer report_ = cards("carol@example.org");
    StubHttp http_;
};

}  // namespace

TEST_CASE("what a CardDAV server is asked") {
    const tests::TemporaryFolder folder;
    tests::write_text(folder.path() / "password", "secret\r\n");
    Server server;
    auto options = server.options();
    options.url.pop_back();
    options.username = "{address}";
    options.password_file = folder.path() / "password";
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
        CHECK(ask(*book, "carol@example.org", name).starts_with("error: no address book's URL for this user: {user} "));
    }
    options.url = server.options().url.substr(0, server.options().url.find("{user}"));
    options.username = "{user}";
    options.password_file = folder.path() / "password";
    const auto with_login = make_carddav_book(options);
    for (const std::string name : {"bob:x", "", "bob\n"}) {
        INFO(name);
        CHECK(ask(*with_login, "carol@example.org", name) ==
              "error: no usable user name on the address book's server for this user");
    }
    CHECK(server.requests().empty());
}

TEST_CASE("the address book is read again only when its state changed") {
    Server server;
    const auto book = make_carddav_book(server.options(1s));
    const auto asked_again = [&server](std::size_t before) {
        return [&server, before] { return server.count("PROPFIND") > before; };
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
        CHECK(ask_until([&] { return server.count("REPORT") == 1; }, *book, "carol@example.org") == "yes");
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
    CHECK(ask(*book, "carol@example.org", user(0)) == "no");
    CHECK(server.count("PROPFIND") == most + 2);
}

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
        {"401", answer(401), good, ": 401 the server does not accept the user name and password"},
        {"403", answer(403), good, ": 403 the server forbids it"},
        {"500", answer(500), good, ": 500 the server has trouble of its own"},
        {"405", answer(405), good, ": 405 the server refuses the request"},
        {"elsewhere", answer(301, {"Location: http://192.0.2.1/"}), good, ": 301 the server sends us elsewhere"},
        {"a page", answer(200, {}, "<html/>"), good, ": 200 the server does not speak WebDAV there"},
        {"no XML", answer(207, {}, "nothing"), good, ": not XML"},
        {"another XML", answer(207, {}, "<html/>"), good, ": the XML is no multistatus"},
        {"a refused report", good, answer(403), "REPORT "},
        {"a report that fails", good, answer(500), ": 500 the server has trouble of its own"},
        {"a report that is none", good, answer(200, {}, "[]"), ": 200 the server does not speak WebDAV there"},
        {"a report that breaks off", good, answer(207, {}, multistatus(card("carol@example.org")).substr(0, 300)),
         ": not XML"},
        {"a report that was cut", good, answer(207, {}, multistatus(card("carol@example.org") + refused)),
         ": 507 the server does not hand out the whole address book"},
        {"a report that is too large", good, answer(207, {}, std::string(64 * 1024 * 1024 + 1, ' ')),
         ": the answer is larger than 67108864 bytes"},
        {"a broken connection", {HttpAnswer::Then::close, "HTTP/1.1 207 "}, good, "error: PROPFIND "},
    };
    const tests::TemporaryFolder folder;
    tests::write_text(folder.path() / "password", "secret\n");
    for (const Row& row : rows) {
        INFO(row.sentence);
        Server server;
        server.say(row.state, row.report);
        auto options = server.options();
        options.username = "bob";
        options.password_file = folder.path() / "password";
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
        CHECK(ask_until([&] { return server.count("PROPFIND") > 1; }, *book, "carol@example.org") == "yes");
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

TEST_CASE("nothing is asked when no time is left") {
    Server server;
    const auto book = make_carddav_book(server.options());
    CHECK(ask(*book, "carol@example.org", "bob", -1s).find("no time left to ask") != std::string::npos);
    CHECK(server.requests().empty());
}

namespace {

/// A server that holds its answers to PROPFIND back for as long as it is told to.
class Slow {
  public:
    Slow()
        : http_([this](const HttpRequest& request) {
              if (request.method != "PROPFIND") return cards("carol@example.org");
              std::unique_lock lock(mutex_);
              ++asked_;
              changed_.notify_all();
              changed_.wait_for(lock, 30s, [this] { return !held_; });
              return state("<cs:getctag>1</cs:getctag>");
          }) {}

    void hold(bool on) {
        const std::lock_guard lock(mutex_);
        held_ = on;
        changed_.notify_all();
    }
    /// False: it was not asked so often within that time.
    bool asked(int times, std::chrono::milliseconds within = 20s) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, within, [this, times] { return asked_ >= times; });
    }
    CarddavOptions options(std::chrono::seconds refresh) const {
        CarddavOptions options;
        options.url = http_.url() + "/{user}/";
        options.refresh = refresh;
        return options;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
    int asked_ = 0;
    StubHttp http_;
};

}  // namespace

TEST_CASE("without a copy one asks, and the others wait for him, each until his deadline") {
    Slow server;
    server.hold(true);
    const auto book = make_carddav_book(server.options(900s));
    std::vector<std::string> got(8);
    std::vector<std::thread> threads;
    for (auto& each : got)
        threads.emplace_back([&each, &book] { each = ask(*book, "carol@example.org"); });
    CHECK(server.asked(1));
    CHECK_FALSE(server.asked(2, 300ms));
    CHECK(ask(*book, "carol@example.org", "bob", 100ms).ends_with("/bob/: no answer in time"));
    std::thread alice([&book] { CHECK(ask(*book, "carol@example.org", "alice") == "yes"); });
    CHECK(server.asked(2));
    const auto start = Clock::now();
    server.hold(false);
    for (auto& each : threads)
        each.join();
    alice.join();
    CHECK(Clock::now() - start < 10s);  // woken, not only let go by their deadlines
    for (const auto& each : got)
        CHECK(each == "yes");
    CHECK_FALSE(server.asked(3, 0ms));
}

TEST_CASE("with an old copy one asks, and the others go on with it") {
    Slow server;
    const auto book = make_carddav_book(server.options(1s));
    CHECK(ask(*book, "carol@example.org") == "yes");
    server.hold(true);
    std::thread asker(
        [&] { CHECK(ask_until([&] { return server.asked(2, 0ms); }, *book, "carol@example.org") == "yes"); });
    CHECK(server.asked(2));
    const auto start = Clock::now();
    CHECK(ask(*book, "carol@example.org") == "yes");
    CHECK(ask(*book, "mallory@example.org") == "no");
    CHECK(Clock::now() - start < 10s);
    CHECK_FALSE(server.asked(3, 0ms));
    server.hold(false);
    asker.join();
}

TEST_CASE("what can never work is said at the start") {
    const auto said = [](const std::string& url, const std::string& username = "") {
        CarddavOptions options;
        options.url = url;
        options.username = username;
        options.password_file = "/nonexistent/password";
        try {
            make_carddav_book(options);
            return std::string("nothing");
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
    };
    CHECK(said("https://dav.example.com/{user}/") == "nothing");
    CHECK(said("https://dav.example.com/{user}/", "bob") == "cannot read password file /nonexistent/password");
    const std::string no_url = "carddav: the url is not as https://HOST/PATH/ without a user name";
    CHECK(said("https://bob:secret@dav.example.com/") == no_url);
    CHECK(said("ftp://dav.example.com/") == no_url);
    CHECK(said("dav.example.com") == no_url);
    for (const char* url : {"https://{domain}/", "https://bob:secret@{domain}/"})
        CHECK(said(url) ==
              "carddav: a placeholder may not stand in the url's host, or a sender could choose where the "
              "password goes");
}
