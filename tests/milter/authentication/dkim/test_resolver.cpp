#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include <doctest/doctest.h>
#include <sys/socket.h>

#include "milter/authentication/dkim/dkim.h"
#include "tests/support/deadline.h"
#include "tests/support/dkim_signer.h"
#include "tests/support/dns_server.h"

using namespace milter::authentication;
using namespace std::chrono_literals;
using tests::in;

namespace {

constexpr const char* mail =
    "From: Carol <carol@example.org>\r\nTo: bob@example.com\r\nSubject: Lunch\r\nDate: Sat, 21 Nov 2026 10:00:00 "
    "+0000\r\n"
    "\r\nAt noon.\r\n";

std::string trouble(const KeyAnswer& answer) {
    const auto* found = std::get_if<KeyTrouble>(&answer);
    return found == nullptr ? "none" : found->detail;
}

Authentication verify(const DkimVerifier& verifier, const std::string& message) {
    return verifier.verify(milter::mail::MailOfBytes(message, {}).mail(), calendar::base::Deadline::max());
}

}  // namespace

TEST_SUITE_BEGIN("servers");

TEST_CASE("keys by DNS") {
    const std::string long_key = "v=DKIM1; k=rsa; p=" + std::string(700, 'A');
    const tests::DnsServer server({{"s1._domainkey.example.org", "v=DKIM1; k=rsa; p=abc"},
                                   {"long._domainkey.example.org", long_key},
                                   {"bare._domainkey.example.org", "k=rsa; p=abc"},
                                   {"spf._domainkey.example.org", "v=spf1 -all"},
                                   {"revoked._domainkey.example.org", "v=DKIM1; p="}});
    const auto resolver = make_resolver({{"127.0.0.1", server.port()}});

    CHECK_EQ(std::get<std::string>(resolver->ask("s1._domainkey.example.org", in(5s))), "v=DKIM1; k=rsa; p=abc");
    CHECK_EQ(std::get<std::string>(resolver->ask("long._domainkey.example.org", in(5s))), long_key);
    CHECK_EQ(std::get<std::string>(resolver->ask("bare._domainkey.example.org", in(5s))), "k=rsa; p=abc");
    CHECK_EQ(std::get<std::string>(resolver->ask("revoked._domainkey.example.org", in(5s))), "v=DKIM1; p=");
    CHECK(std::holds_alternative<NoKey>(resolver->ask("spf._domainkey.example.org", in(5s))));
    CHECK(std::holds_alternative<NoKey>(resolver->ask("none._domainkey.example.org", in(5s))));
    CHECK_MESSAGE(std::holds_alternative<NoKey>(resolver->ask("_domainkey.example.org", in(5s))),
                  "a name without TXT records");
    CHECK_EQ(trouble(resolver->ask("s1._domainkey.servfail.test", in(5s))), "SERVFAIL");
    const auto refused = trouble(resolver->ask("s1._domainkey.refused.test", in(5s)));
    INFO(refused);
    CHECK_NE(refused, "none");
    CHECK_EQ(trouble(resolver->ask("s1._domainkey.timeout.test", in(200ms))), "no reply in time");

    SUBCASE("asked twice, the server is asked once") {
        REQUIRE_EQ(server.questions("s1._domainkey.example.org"), 1);
        for (int i = 0; i < 10; ++i) {
            CHECK_EQ(std::get<std::string>(resolver->ask("S1._domainkey.example.org", in(5s))),
                     "v=DKIM1; k=rsa; p=abc");
        }
        CHECK_EQ(server.questions("s1._domainkey.example.org"), 1);
        CHECK(std::holds_alternative<NoKey>(resolver->ask("none._domainkey.example.org", in(5s))));
        CHECK_EQ(server.questions("none._domainkey.example.org"), 1);
    }
    SUBCASE("an answer that never comes keeps nobody else waiting") {
        std::thread slow(
            [&] { CHECK_EQ(trouble(resolver->ask("s2._domainkey.timeout.test", in(2s))), "no reply in time"); });
        std::vector<std::thread> quick;
        for (int i = 0; i < 8; ++i) {
            quick.emplace_back([&] {
                for (int n = 0; n < 100; ++n) {
                    CHECK_EQ(std::get<std::string>(resolver->ask("s1._domainkey.example.org", in(1s))),
                             "v=DKIM1; k=rsa; p=abc");
                }
            });
        }
        for (auto& thread : quick)
            thread.join();
        slow.join();
    }
}

TEST_CASE("when libunbound's worker ends, whoever waits is told at once") {
    const auto sockets = [] {
        std::set<int> found;
        std::error_code gone;
        for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd"))
            if (std::filesystem::read_symlink(each, gone).string().starts_with("socket:"))
                found.insert(std::stoi(each.path().filename()));
        return found;
    };
    const tests::DnsServer server({});
    auto before = sockets();
    const auto resolver = make_resolver({{"127.0.0.1", server.port()}});
    std::thread waits([&] {
        const auto start = std::chrono::steady_clock::now();
        CHECK_EQ(trouble(resolver->ask("s1._domainkey.timeout.test", in(30s))),
                 "the DNS resolver stopped working; restart imip-milter");
        CHECK_LT(std::chrono::steady_clock::now() - start, 20s);
    });
    while (server.questions("s1._domainkey.timeout.test") == 0)
        std::this_thread::yield();
    for (const int each : sockets())
        if (!before.contains(each)) ::shutdown(each, SHUT_RDWR);
    waits.join();
    CHECK_EQ(trouble(resolver->ask("s2._domainkey.timeout.test", in(30s))),
             "the DNS resolver stopped working; restart imip-milter");
}

TEST_CASE("domains that never answer delay nobody else's keys") {
    std::map<std::string, std::string> records;
    for (int i = 0; i < 100; ++i)
        records["s" + std::to_string(i) + "._domainkey.example.org"] = "v=DKIM1; p=abc";
    const tests::DnsServer server(records);
    const auto resolver = make_resolver({{"127.0.0.1", server.port()}});
    std::vector<std::thread> silent;
    for (int i = 0; i < 64; ++i)
        silent.emplace_back([&, i] {
            CHECK_NE(trouble(resolver->ask("s._domainkey.d" + std::to_string(i) + ".timeout.test", in(5s))), "none");
        });
    while (server.questions("s._domainkey.d0.timeout.test") == 0)
        std::this_thread::yield();
    auto longest = 0ms;
    for (int i = 0; i < 100; ++i) {
        const auto start = std::chrono::steady_clock::now();
        const auto answer = resolver->ask("s" + std::to_string(i) + "._domainkey.example.org", in(5s));
        CHECK_EQ(trouble(answer), "none");
        longest = std::max(
            longest, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start));
    }
    for (auto& each : silent)
        each.join();
    MESSAGE("longest ", longest.count(), " ms");
    CHECK_LT(longest, 1s);
}

TEST_CASE("one silent domain gets few questions, and is left alone for a while") {
    const std::map<std::string, std::string> records{{"s1._domainkey.example.org", "v=DKIM1; p=abc"}};
    const tests::DnsServer server(records);
    std::atomic<std::chrono::seconds> later{0s};
    const auto resolver =
        make_resolver({{"127.0.0.1", server.port()}}, [&] { return std::chrono::steady_clock::now() + later.load(); });
    const auto name = [](int i) { return "s" + std::to_string(i) + "._domainkey.timeout.test"; };
    const auto asked = [&] {
        int count = 0;
        for (int i = 0; i < 64; ++i)
            count += server.questions(name(i)) > 0 ? 1 : 0;
        return count;
    };
    std::vector<std::thread> silent;
    for (int i = 0; i < 63; ++i)
        silent.emplace_back([&, i] { CHECK_NE(trouble(resolver->ask(name(i), in(3s))), "none"); });
    for (auto& each : silent)
        each.join();
    CHECK_EQ(asked(), 4);

    const auto start = std::chrono::steady_clock::now();
    CHECK_EQ(trouble(resolver->ask(name(63), in(3s))), "no reply to an earlier question");
    CHECK_LT(std::chrono::steady_clock::now() - start, 1s);
    CHECK_MESSAGE(trouble(resolver->ask("s1._domainkey.example.org", in(3s))) == "none", "other domains are asked");
    CHECK_EQ(asked(), 4);
    later = 21s;
    CHECK_EQ(trouble(resolver->ask(name(63), in(300ms))), "no reply in time");
    CHECK_EQ(asked(), 5);
}

TEST_CASE("a message's own lack of time makes no domain silent") {
    const tests::DnsServer server({});
    const auto resolver = make_resolver({{"127.0.0.1", server.port()}});
    for (int i = 0; i < 3; ++i)
        CHECK_EQ(trouble(resolver->ask("s._domainkey.timeout.test", in(100ms))), "no reply in time");
}

TEST_CASE("a signature verified by a key from DNS") {
    const auto key = tests::rsa_key();
    const tests::DnsServer server({{"s1._domainkey.example.org", key.record()}});
    const DkimVerifier verifier(policy::config::Authentication{}, make_resolver({{"127.0.0.1", server.port()}}));
    const auto result = verify(verifier, tests::signed_mail(mail, key));
    REQUIRE_EQ(result.signatures.size(), 1);
    CHECK_MESSAGE(result.signatures[0].result == SignatureResult::pass, result.signatures[0].reason);
    CHECK(result.authenticated);
}

TEST_CASE("the time-out is one for all signatures of a message") {
    const tests::DnsServer server({});
    policy::config::Authentication options;
    options.dkim.timeout = 300ms;
    const DkimVerifier verifier(options, make_resolver({{"127.0.0.1", server.port()}}));
    std::string signed_often = mail;
    const auto key = tests::ed25519_key();
    for (const char* selector : {"a", "b", "c", "d", "e"}) {
        signed_often = tests::signed_mail(signed_often, key, {.domain = "timeout.test", .selector = selector});
    }
    const auto start = std::chrono::steady_clock::now();
    const auto result = verify(verifier, signed_often);
    CHECK_LT(std::chrono::steady_clock::now() - start, 5 * 300ms);
    REQUIRE_EQ(result.signatures.size(), 5);
    for (const auto& signature : result.signatures)
        CHECK(signature.result == SignatureResult::temperror);
    CHECK_FALSE(result.temporary);
}

TEST_CASE("the time of the whole message bounds the look-ups as well") {
    const tests::DnsServer server({});
    const DkimVerifier verifier(policy::config::Authentication{}, make_resolver({{"127.0.0.1", server.port()}}));
    const auto slow = tests::signed_mail(mail, tests::ed25519_key(), {.domain = "timeout.test", .selector = "a"});
    const auto start = std::chrono::steady_clock::now();
    const auto result = verifier.verify(milter::mail::MailOfBytes(slow, {}).mail(), start + 300ms);
    CHECK_LT(std::chrono::steady_clock::now() - start, 2s);  // the time-out of look-ups is 5 s
    REQUIRE_EQ(result.signatures.size(), 1);
    CHECK(result.signatures[0].result == SignatureResult::temperror);
}

TEST_SUITE_END();
