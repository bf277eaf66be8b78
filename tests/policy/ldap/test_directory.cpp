#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calendar/net/host.h"
#include "policy/ldap/directory.h"
#include "tests/support/process.h"
#include "tests/support/text.h"

namespace {

using namespace std::chrono_literals;
using policy::ldap::Directory;
using policy::ldap::DirectoryOptions;
using policy::ldap::escape_dn;
using policy::ldap::escape_filter;
using Clock = std::chrono::steady_clock;

/// Takes connections on a loopback port, says the same thing into each, and no more.
class Stub {
  public:
    explicit Stub(std::string says) : says_(std::move(says)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listener_, 8) == 0);
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    Stub(const Stub&) = delete;
    Stub& operator=(const Stub&) = delete;
    ~Stub() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        for (const int each : taken_)
            ::close(each);
        ::close(listener_);
    }
    std::string url(const std::string& scheme) const { return scheme + "://127.0.0.1:" + std::to_string(port_); }

  private:
    void serve() {
        for (int one = 0; (one = ::accept(listener_, nullptr, nullptr)) >= 0;) {
            taken_.push_back(one);
            [[maybe_unused]] const auto sent = ::send(one, says_.data(), says_.size(), MSG_NOSIGNAL);
        }
    }

    const std::string says_;
    const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::uint16_t port_ = 0;
    std::vector<int> taken_;
    std::thread thread_;
};

std::string ask(Directory& directory, calendar::base::Deadline deadline) {
    const auto entries = directory.search("dc=example,dc=com", "(uid=bob)", {"uid"}, deadline);
    return entries ? std::to_string(entries->size()) : entries.error();
}

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int each : values)
        text += static_cast<char>(each);
    return text;
}

const std::string empty_entry = bytes({0x30, 0x09, 0x02, 0x01, 0x01, 0x64, 0x04, 0x04, 0x00, 0x30, 0x00});

}  // namespace

TEST_CASE("what is special in a filter or a distinguished name is escaped") {
    struct Row {
        std::string sentence;
        std::string value;
        std::string in_filter;
        std::string in_dn;
    };
    const Row rows[] = {
        {"nothing", "", "", ""},
        {"an address", "bob.o'neil_1@example.com", "bob.o'neil_1@example.com", "bob.o'neil_1@example.com"},
        {"a wildcard", "*", "\\2a", "*"},
        {"parentheses", "a)(b", "a\\29\\28b", "a)(b"},
        {"a backslash", "a\\2ab", "a\\5c2ab", "a\\5c2ab"},
        {"NUL", std::string("a\0b", 3), "a\\00b", "a\\00b"},
        {"line breaks", "a\r\nb", "a\\0d\\0ab", "a\\0d\\0ab"},
        {"DEL", "\x7f", "\\7f", "\\7f"},
        {"a letter beyond ASCII", "ü", "\\c3\\bc", "\\c3\\bc"},
        {"a comma and an equals sign", "bob,ou=x", "bob,ou=x", "bob\\2cou\\3dx"},
        {"all that RFC 4514 names", "\"+,;<>", "\"+,;<>", "\\22\\2b\\2c\\3b\\3c\\3e"},
        {"white space", " a b ", " a b ", "\\20a\\20b\\20"},
        {"a number sign", "#04", "#04", "\\2304"},
        {"ampersand, bar, exclamation mark, tilde", "&|!~", "&|!~", "&|!~"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(escape_filter(row.value) == row.in_filter);
        CHECK(escape_dn(row.value) == row.in_dn);
    }
}

TEST_CASE("a directory without its password cannot be used at all") {
    const tests::TemporaryFolder folder;
    DirectoryOptions options;
    options.url = "ldap://127.0.0.1:1";
    options.bind_dn = "cn=milter,dc=example,dc=com";
    CHECK_THROWS_WITH(Directory{options}, "cannot read password file : No such file or directory");
    options.password_file = folder.path() / "password";
    CHECK_THROWS(Directory{options});
    tests::write_text(*options.password_file, "\nsecond line");
    CHECK_THROWS(Directory{options});
    tests::write_text(*options.password_file, "secret");
    CHECK_NOTHROW(Directory{options});
}

TEST_CASE("a server that answers with nonsense or not at all costs no more than the time-out") {
    struct Row {
        std::string sentence;
        const char* scheme;
        bool start_tls;
        std::string says;
        const char* want;
    };
    const Row rows[] = {
        {"nothing", "ldap", false, "", "no reply in time"},
        {"nothing to the handshake", "ldaps", false, "", "no reply in time"},
        {"nothing to the wish for TLS", "ldap", true, "", "no reply in time"},
        {"half an answer", "ldap", false, bytes({0x30, 0x0c, 0x02, 0x01, 0x01, 0x65, 0x07}), "no reply in time"},
        {"half of a length", "ldap", false, bytes({0x30, 0x84, 0x00}), "no reply in time"},
        {"half a TLS record", "ldaps", false, bytes({0x16, 0x03, 0x03, 0x40}), "no reply in time"},
        {"the beginning of 256 KiB", "ldap", false, bytes({0x30, 0x83, 0x04, 0x00, 0x00, 0x02, 0x01, 0x01}),
         "no reply in time"},
        {"the beginning of a byte more", "ldap", false, bytes({0x30, 0x83, 0x04, 0x00, 0x01, 0x02, 0x01, 0x01}),
         "search: Can't contact LDAP server"},
        {"more entries than were asked for", "ldap", false, tests::repeated(empty_entry, Directory::most_entries + 2),
         "search: the server sent more entries"},
        {"no to the wish for TLS", "ldap", true,
         bytes({0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x02, 0x04, 0x00, 0x04, 0x00}),
         "TLS: Protocol error"},
        {"what is no message of LDAP", "ldap", false, bytes({0x31, 0x01, 0x00}), "search: "},
        {"no TLS", "ldaps", false, "220 mx.example.com ESMTP\r\n", "TLS: Connect error"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        const Stub server(row.says);
        DirectoryOptions options;
        options.url = server.url(row.scheme);
        options.start_tls = row.start_tls;
        options.timeout = 300ms;
        Directory directory(options);
        const auto start = Clock::now();
        const std::string said = ask(directory, start + 10s);
        CHECK_MESSAGE(said.starts_with(options.url + ": " + row.want), said);
        CHECK(Clock::now() - start < 2s);
        CHECK(ask(directory, Clock::now() + 10s) == said + " (not asked again for some seconds)");
    }
}

TEST_CASE("a message whose time is over does not stop the next one from asking") {
    const Stub server("");
    DirectoryOptions options;
    options.url = server.url("ldap");
    options.timeout = 300ms;
    Directory directory(options);
    for (int i = 0; i < 2; ++i)
        CHECK(ask(directory, Clock::now() + 50ms) == options.url + ": no reply in time");
    CHECK(ask(directory, Clock::now() + 10s) == options.url + ": no reply in time");
    CHECK(ask(directory, Clock::now() + 10s) == options.url + ": no reply in time (not asked again for some seconds)");
}

TEST_CASE("a question for which no time is left blames no server") {
    DirectoryOptions options;
    {
        const Stub server("");
        options.url = server.url("ldap");
    }
    Directory directory(options);
    CHECK(ask(directory, Clock::now()) == options.url + ": no time left to ask");
    const std::string said = ask(directory, Clock::now() + 10s);
    CHECK_MESSAGE(said.starts_with(options.url + ": cannot connect: Can't contact LDAP server"), said);
    CHECK(ask(directory, Clock::now()) == options.url + ": no time left to ask");
}

TEST_CASE("the addresses of a host") {
    CHECK(calendar::net::count_addresses("127.0.0.1", Clock::now() + 10s) == 1U);
    CHECK(calendar::net::count_addresses("::1", Clock::now() + 10s) == 1U);
    CHECK(calendar::net::count_addresses("localhost", Clock::now() + 10s).value_or(0) >= 1);
    const auto late = calendar::net::count_addresses("host.example.invalid", Clock::now());
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == "cannot look up host.example.invalid: no reply in time");
    CHECK_FALSE(calendar::net::count_addresses("not a host", Clock::now() + 10s).has_value());
}
