#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calendar/connectors/file.h"
#include "policy/ldap/directory.h"
#include "tests/policy/ldap/slapd.h"
#include "tests/support/text.h"

namespace {

using namespace std::chrono_literals;
using calendar::base::Fd;
using policy::ldap::Directory;
using tests::has;
using tests::Slapd;
using Clock = std::chrono::steady_clock;

/// How many entries, or the error without the URL.
std::string count(Directory& directory, const std::string& filter,
                  calendar::base::Deadline deadline = Clock::now() + 20s) {
    const auto entries = directory.search("dc=example,dc=com", filter, {}, deadline);
    return entries ? std::to_string(entries->size()) : entries.error().substr(entries.error().find(": ") + 2);
}

/// Hands on what a client and a server on this machine say to each other; for one connection.
class Relay {
  public:
    explicit Relay(std::uint16_t server) {
        auto address = loopback(0);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listener_.get(), 1) == 0);
        REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, server] { serve(server); });
    }
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    /// After its client.
    ~Relay() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }
    std::uint16_t port() const { return port_; }
    /// From now on, only the first three bytes of what the server says arrive: less than the head of a TLS record.
    void stall() { stalled_ = true; }

  private:
    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        return address;
    }

    void serve(std::uint16_t port) const {
        const Fd client(::accept(listener_.get(), nullptr, nullptr));
        const Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto address = loopback(port);
        if (!client || ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return;
        pollfd both[] = {{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}};
        while (::poll(both, 2, -1) > 0) {
            char bytes[4096];
            const bool from_client = both[0].revents != 0;
            const ssize_t got = ::read(both[from_client ? 0 : 1].fd, bytes, sizeof bytes);
            if (got <= 0) return;
            const auto size = static_cast<std::size_t>(got);
            const bool part = stalled_ && !from_client;
            if (::send(both[from_client ? 1 : 0].fd, bytes, part ? 3 : size, MSG_NOSIGNAL) < 0) return;
        }
    }

    const Fd listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port_ = 0;
    std::atomic<bool> stalled_ = false;
    std::thread thread_;
};

}  // namespace

TEST_SUITE_BEGIN("servers");

TEST_CASE("OpenLDAP: a wrong password is a failure that does not tell it") {
    const Slapd server;
    auto made = server.options();
    made.password_file = server.folder() / "wrong";
    tests::write_text(*made.password_file, "pw-of-somebody-else\n");
    Directory directory(made);
    CHECK(count(directory, "(uid=alice)") == "bind: Invalid credentials");
    made.bind_dn.clear();
    Directory anonymous(made);
    CHECK(count(anonymous, "(uid=alice)") == "0");  // it may see nothing, not even the base
}

TEST_CASE("OpenLDAP: TLS, and only with a certificate that is believed") {
    for (const std::string scheme : {"ldap", "ldaps"}) {
        INFO(scheme);
        const Slapd server(scheme);
        auto made = server.options();
        made.start_tls = scheme == "ldap";
        const auto ask = [&] {
            Directory directory(made);
            return count(directory, "(uid=alice)");
        };
        CHECK(has(ask(), "its certificate is not trusted"));  // by nobody whom the system knows
        made.ca_file = server.certificate();
        CHECK(ask() == "1");
        made.url = server.url("127.0.0.2");
        CHECK(has(ask(), "its certificate is not trusted or not valid for this host"));
        made.ca_file = server.folder() / "no-such-file";
        CHECK(ask() == "TLS: cannot use the certificates in " + made.ca_file->string());
    }
}

TEST_CASE("OpenLDAP: TLS is of version 1.2 at least") {
    for (const std::string version : {"1.1", "1.2", "1.3"}) {
        INFO(version);
        const Slapd server("ldaps", "TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS" + version + "\n");
        auto made = server.options();
        made.ca_file = server.certificate();
        Directory directory(made);
        const std::string refused = "TLS: version TLS1.1 is too old; at least 1.2 is required";
        CHECK(count(directory, "(uid=alice)") == (version == "1.1" ? refused : "1"));
    }
}

TEST_CASE("OpenLDAP: without TLS where it is wanted, nothing is said") {
    const Slapd server;
    auto made = server.options();
    made.url = "ldaps" + server.url().substr(4);
    Directory directory(made);
    CHECK(has(count(directory, "(uid=alice)"), "TLS: "));
}

TEST_CASE("OpenLDAP: a server that hangs costs no more than the deadline, and is left alone when it had its time") {
    const Slapd server;
    auto made = server.options();
    Directory used(made);
    Directory unused(made);
    made.timeout = 300ms;
    Directory hasty(made);
    CHECK(count(used, "(uid=alice)") == "1");
    server.suspend();
    struct Row {
        std::string sentence;
        Directory& directory;
        calendar::base::Deadline::duration deadline;
    };
    for (const Row& row : {Row{"on a connection that was kept", used, 300ms}, Row{"on a new connection", unused, 300ms},
                           Row{"the time-out is shorter than the deadline", hasty, 20s}}) {
        INFO(row.sentence);
        const auto start = Clock::now();
        CHECK(count(row.directory, "(uid=alice)", start + row.deadline) == "no reply in time");
        CHECK(Clock::now() - start >= 290ms);
        CHECK(Clock::now() - start < 3s);
        const auto second = Clock::now();
        const bool blamed = &row.directory == &hasty;
        CHECK(count(row.directory, "(uid=bob)", second + 300ms) ==
              (blamed ? "no reply in time (not asked again for some seconds)" : "no reply in time"));
        CHECK(Clock::now() - second < 3s);
    }
    server.resume();
    Directory later(server.options());
    CHECK(count(later, "(uid=alice)") == "1");
}

TEST_CASE("OpenLDAP: a server that hangs in the middle of a TLS record costs no more than the deadline") {
    const Slapd server("ldaps");
    Relay relay(server.port());
    auto made = server.options();
    made.url = "ldaps://127.0.0.1:" + std::to_string(relay.port());
    made.ca_file = server.certificate();
    Directory directory(made);
    CHECK(count(directory, "(uid=alice)") == "1");
    relay.stall();
    const auto start = Clock::now();
    CHECK(count(directory, "(uid=alice)", start + 300ms) == "no reply in time");
    CHECK(Clock::now() - start < 3s);
}

TEST_CASE("OpenLDAP: a server that was away is found again on new connections") {
    for (const std::string scheme : {"ldap", "ldaps"}) {
        INFO(scheme);
        Slapd server(scheme);
        auto made = server.options();
        made.ca_file = server.certificate();
        Directory directory(made);
        Directory unlucky(made);
        CHECK(count(directory, "(uid=alice)") == "1");
        server.stop();
        CHECK(has(count(unlucky, "(uid=alice)"), "cannot connect: Can't contact LDAP server"));
        server.start();
        CHECK(count(directory, "(uid=alice)") == "1");
        CHECK(has(count(unlucky, "(uid=alice)"), "not asked again"));
    }
}

TEST_CASE("OpenLDAP: several questions at a time") {
    Slapd server;
    Directory directory(server.options());
    std::atomic<int> right = 0;
    const auto ask = [&] {
        std::vector<std::thread> threads;
        for (int i = 0; i < 20; ++i)
            threads.emplace_back([&] {
                for (int j = 0; j < 10; ++j)
                    if (count(directory, "(uid=alice)") == "1") ++right;
            });
        for (auto& each : threads)
            each.join();
    };
    ask();
    CHECK(right == 200);
    server.stop();
    server.start();
    ask();
    CHECK(right == 400);
}

TEST_SUITE_END();
