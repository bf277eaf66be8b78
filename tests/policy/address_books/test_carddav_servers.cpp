#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <signal.h>

#include "calendar/net/http.h"
#include "tests/policy/address_books/asking.h"
#include "tests/support/process.h"
#include "tests/support/radicale.h"
#include "tests/support/xandikos.h"

namespace {

using namespace tests::carddav;
using calendar::net::Http;
using calendar::net::Request;
using policy::address_books::CarddavOptions;
using policy::address_books::make_carddav_book;
using tests::write_text;

/// A condition for ask_until().
auto is(const std::string& want) {
    return [want](const std::string& got) { return got == want; };
}

std::string card(const std::string& name, const std::string& more) {
    return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + name + "\r\nFN:" + name + "\r\nN:" + name + ";;;;\r\n" + more +
           "END:VCARD\r\n";
}

struct Login {
    std::string username, password;
};

int send(const std::string& method, const std::string& url, const Login& login, const std::string& type = {},
         const std::string& body = {}) {
    Request request;
    request.method = method;
    request.path = url.substr(url.find('/', url.find("://") + 3));
    request.credentials.username = login.username;
    request.credentials.password = login.password;
    request.body = body;
    if (!body.empty()) request.headers = {{"Content-Type", type}};
    const auto response = Http(*calendar::net::Origin::parse(url)).send(request);
    REQUIRE(response.has_value());
    return response->status;
}

/// An address book on a server, which other programs write to as `login`.
struct Folder {
    std::string url;
    Login login;

    void put(const std::string& name, const std::string& more) const {
        const int status = send("PUT", url + name + ".vcf", login, "text/vcard", card(name, more));
        CHECK(status / 100 == 2);
    }
    void remove(const std::string& name) const { CHECK(send("DELETE", url + name + ".vcf", login) / 100 == 2); }
};

struct Radicale : tests::Radicale {
    const Login bob{"bob", "pw-bob"};

    Radicale() : tests::Radicale("Rr") {}

    Folder make_folder() const {
        Folder made{url + "/bob/contacts/", bob};
        REQUIRE(send("MKCOL", made.url, bob, "application/xml",
                     "<mkcol xmlns=\"DAV:\" xmlns:A=\"urn:ietf:params:xml:ns:carddav\"><set><prop><resourcetype>"
                     "<collection/><A:addressbook/></resourcetype></prop></set></mkcol>") == 201);
        return made;
    }
    CarddavOptions options(const std::string& password = "pw-milter") const {
        write_text(folder.path() / "password", password + "\n");
        CarddavOptions options;
        options.url = url + "/{user}/contacts/";
        options.login.username = "milter";
        options.login.password_file = folder.path() / "password";
        options.timeout = 60s;
        options.refresh = 1s;
        return options;
    }
};

/// A server that hangs for as long as this lives.
class Stopped {
  public:
    explicit Stopped(const tests::Process& process) : id_(process.id()) { ::kill(id_, SIGSTOP); }
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;
    ~Stopped() { ::kill(id_, SIGCONT); }

  private:
    pid_t id_;
};

void check_contacts(const Folder& folder, AddressBook& book) {
    folder.put("carol", "item1.EMAIL;TYPE=INTERNET:Carol@Example.ORG\r\nEMAIL:carol@example.net\r\n");
    folder.put("silent", "TEL:1\r\n");
    CHECK(ask_until(is("yes"), book, "carol@example.org") == "yes");
    CHECK(ask(book, "carol@example.net") == "yes");
    CHECK(ask(book, "mallory@example.org") == "no");
    folder.put("dave", "EMAIL:dave@example.org\r\n");
    CHECK(ask_until(is("yes"), book, "dave@example.org") == "yes");
    CHECK(ask(book, "carol@example.org") == "yes");
    folder.put("dave", "EMAIL:dave@example.net\r\n");
    CHECK(ask_until(is("yes"), book, "dave@example.net") == "yes");
    CHECK(ask(book, "dave@example.org") == "no");
    folder.remove("carol");
    CHECK(ask_until(is("no"), book, "carol@example.org") == "no");
    CHECK(ask(book, "dave@example.net") == "yes");
}

}  // namespace

TEST_SUITE_BEGIN("servers");

TEST_CASE("Radicale: an address book that is made, filled and changed") {
    const Radicale radicale;
    const auto book = make_carddav_book(radicale.options());
    CHECK(ask(*book, "carol@example.org") == "no");  // no such address book
    const auto folder = radicale.make_folder();
    check_contacts(folder, *book);
    CHECK(ask(*book, "dave@example.net", "alice") == "no");
}

TEST_CASE("Radicale: a password that is not accepted") {
    const Radicale radicale;
    radicale.make_folder().put("carol", "EMAIL:carol@example.org\r\n");
    const auto book = make_carddav_book(radicale.options("pw-wrong"));
    const auto got = ask(*book, "carol@example.org");
    INFO(got);
    CHECK(got.find(": 401 the server did not accept the login") != std::string::npos);
    CHECK(got.find("pw-wrong") == std::string::npos);
}

TEST_CASE("Radicale: while it hangs a copy goes on answering, and without one the deadline holds") {
    const Radicale radicale;
    radicale.make_folder().put("carol", "EMAIL:carol@example.org\r\n");
    const auto known = make_carddav_book(radicale.options());
    CHECK(ask(*known, "carol@example.org") == "yes");
    const auto fresh = make_carddav_book(radicale.options());
    {
        const Stopped stopped(*radicale.server.process);
        Clock::duration longest{};
        // Until the copy is old and the server has been asked in vain.
        for (const auto end = Clock::now() + 20s; longest < 250ms && Clock::now() < end;) {
            const auto start = Clock::now();
            CHECK(ask(*known, "carol@example.org", "bob", 300ms) == "yes");
            longest = std::max(longest, Clock::now() - start);
            std::this_thread::sleep_for(20ms);
        }
        CHECK(longest >= 250ms);
        CHECK(longest < 20s);
        CHECK(ask(*known, "mallory@example.org", "bob", 300ms) == "no");

        const auto start = Clock::now();
        CHECK(ask(*fresh, "carol@example.org", "bob", 300ms).starts_with("error: PROPFIND "));
        CHECK(Clock::now() - start < 20s);
    }
    CHECK(ask(*make_carddav_book(radicale.options()), "carol@example.org") == "yes");
}

TEST_CASE("Radicale: gone, a copy goes on answering") {
    Radicale radicale;
    radicale.make_folder().put("carol", "EMAIL:carol@example.org\r\n");
    const auto book = make_carddav_book(radicale.options());
    CHECK(ask(*book, "carol@example.org") == "yes");
    radicale.server.process.reset();
    // Beyond `refresh`, so that the server is missed.
    for (const auto end = Clock::now() + 1500ms; Clock::now() < end; std::this_thread::sleep_for(20ms))
        CHECK(ask(*book, "carol@example.org") == "yes");
    CHECK(ask(*book, "carol@example.org", "alice").starts_with("error: PROPFIND "));
}

TEST_CASE("Xandikos: an address book that is filled and changed") {
    const tests::Xandikos xandikos("bob");
    CarddavOptions options;
    options.url = xandikos.url + "/{user}/contacts/addressbook/";
    options.refresh = 1s;
    const auto book = make_carddav_book(options);
    CHECK(ask(*book, "carol@example.org") == "no");
    check_contacts({xandikos.url + "/bob/contacts/addressbook/", {}}, *book);
    CHECK(ask(*book, "dave@example.net", "alice") == "no");  // no such address book
}

TEST_SUITE_END();
