#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/login.h"
#include "tests/calendar/results.h"
#include "tests/support/process.h"

using namespace calendar::net;
using namespace calendar::base;
using namespace tests;

namespace {

const Owner bob{"bob", "bob.b@example.com"};

/// Everything of a login; what is per user has placeholders.
struct Setting {
    TemporaryFolder folder;
    Login login;

    std::string file(const std::string& name, const std::string& content) {
        write_text(folder.path() / name, content);
        return (folder.path() / name).string();
    }
    /// The request that bob's login makes of an empty one.
    Result<Request> request(const Owner& owner = bob) const {
        const auto account = account_of(login, owner);
        if (!account) return tl::unexpected(account.error());
        Request made;
        if (auto done = log_in(made, login, *account); !done) return tl::unexpected(done.error());
        return made;
    }
    std::string at_start() const {
        try {
            check_files(login);
            return "nothing";
        } catch (const std::runtime_error& error) {
            return error.what();
        }
    }
};

std::string pem(const std::string& text) {
    return "-----BEGIN " + text + "-----\n";
}

}  // namespace

TEST_CASE("a login fills in the user where it has placeholders") {
    Setting s;
    s.file("bob", "s3cret\r\nsecond line");
    s.login.username = "{user}@{domain}";
    s.login.password_file = (s.folder.path() / "{user}").string();
    s.login.headers = {{"Authorize-As", "{user}"}, {"X-Site", "a"}};
    const auto made = s.request();
    REQUIRE_MESSAGE(made.has_value(), said(made));
    CHECK(made->credentials.username == "bob@example.com");
    CHECK(made->credentials.password == "s3cret");
    CHECK(made->headers == std::vector<std::pair<std::string, std::string>>{{"Authorize-As", "bob"}, {"X-Site", "a"}});
    CHECK(s.login.is_personal());
    CHECK_FALSE(Login{.username = "milter"}.is_personal());
    CHECK(account_of(s.login, bob)->key() != account_of(s.login, {"carol", "carol@example.com"})->key());
}

TEST_CASE("a token, a certificate and those who vouch for the server") {
    Setting s;
    s.login.token_file = s.file("token", "abc.DEF-123\n");
    s.login.certificate = s.file("certificate", pem("CERTIFICATE"));
    s.login.key = s.file("key", pem("PRIVATE KEY"));
    s.login.ca_file = s.file("ca", pem("CERTIFICATE") + "of the site");
    const auto made = s.request();
    REQUIRE_MESSAGE(made.has_value(), said(made));
    CHECK(made->headers == std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer abc.DEF-123"}});
    CHECK(made->credentials.username == "");
    CHECK(made->credentials.certificate == pem("CERTIFICATE"));
    CHECK(made->credentials.key == pem("PRIVATE KEY"));
    CHECK(made->credentials.authorities == pem("CERTIFICATE") + "of the site");
}

TEST_CASE("files are read again for every request, and one that is gone is temporary trouble") {
    Setting s;
    s.login.username = "milter";
    s.login.password_file = s.file("password", "old\n");
    CHECK(s.request()->credentials.password == "old");
    s.file("password", "new\n");
    CHECK(s.request()->credentials.password == "new");
    std::filesystem::remove(s.folder.path() / "password");
    const auto gone = s.request();
    CHECK_MESSAGE(is<Temporary>(gone), said(gone));
    CHECK(said(gone) == "cannot read password file " + s.login.password_file + ": No such file or directory");
    CHECK(std::get<Temporary>(gone.error()).reach == Reach::backend);
    s.login.password_file = (s.folder.path() / "{user}").string();
    const auto own = s.request();
    REQUIRE_MESSAGE(is<Temporary>(own), said(own));
    CHECK(std::get<Temporary>(own.error()).reach == Reach::user);
}

TEST_CASE("a user whose name would be something else in a login has none") {
    struct Row {
        std::string what, user, want;
    };
    for (const Row& row : std::vector<Row>{
             {"a name with the colon of Basic", "bob:guess", "'username' cannot be used for this user: "},
             {"a name of two lines", "bob\nx", "'username' cannot be used for this user: "},
             {"no name", "", "'username' cannot be used for this user: "},
             {"a path", "../alice", "'password_file' cannot be used for this user: {user} contains '/'"},
             {"the folder above", "..", "'password_file' cannot be used for this user: {user} would leave the folder"},
             {"white space that servers cut", " bob", "'headers: Authorize-As' cannot be used for this user: "},
         }) {
        INFO(row.what);
        Setting s;
        s.login.username = "{user}";
        s.login.password_file = (s.folder.path() / "{user}").string();
        s.login.headers = {{"Authorize-As", "{user}"}};
        const auto got = s.request({row.user, "x@example.com"});
        CHECK(is<Permanent>(got));
        CHECK_MESSAGE(said(got).starts_with(row.want), said(got));
    }
    for (const std::string user : {"bob\r\nX-Admin: 1", "bob\nx", "bob\x7f", "", "bob "}) {
        INFO(user);
        Setting s;
        s.login.headers = {{"Authorize-As", "{user}"}};
        const auto got = s.request({user, "x@example.com"});
        CHECK_MESSAGE(is<Permanent>(got), said(got));
    }
}

TEST_CASE("what is the same for all users is looked at when the daemon starts") {
    const auto missing = [](const std::string& file) { return file + ": No such file or directory"; };
    Setting s;
    CHECK(s.at_start() == "nothing");
    s.login.username = "{user}";
    s.login.password_file = "/nonexistent/{user}";
    CHECK_MESSAGE(s.at_start() == "nothing", "a user's own file may come later");
    s.login.password_file = "/nonexistent/password";
    CHECK(s.at_start() == missing("cannot read password file /nonexistent/password"));
    s.login = {.token_file = "/nonexistent/token"};
    CHECK(s.at_start() == missing("cannot read token file /nonexistent/token"));
    s.login = {.token_file = s.file("token", "two words\n")};
    CHECK(s.at_start().ends_with("must have a token of printable ASCII without spaces in its first line"));
    s.login = {.ca_file = s.file("ca", "not a certificate")};
    CHECK(s.at_start() == "CA file " + s.login.ca_file.string() + " is not in PEM format");
    s.login = {.certificate = s.file("certificate", pem("CERTIFICATE")), .key = "/nonexistent/key"};
    CHECK(s.at_start() == missing("cannot read key /nonexistent/key"));
    s.login = {.username = "milter", .password_file = s.file("password", "\nsecond line")};
    CHECK(s.at_start() == "password file " + s.login.password_file + " has an empty first line");
    s.login.password_file = s.file("password", std::string("a\0b\n", 4));
    CHECK(s.at_start() == "password file " + s.login.password_file + " contains a NUL");
    s.login.password_file = s.folder.path().string();
    CHECK(s.at_start() == "cannot read password file " + s.login.password_file + ": Is a directory");
}
