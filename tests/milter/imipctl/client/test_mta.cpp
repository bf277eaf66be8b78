#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/imipctl/client/message_text.h"
#include "milter/imipctl/client/mta.h"
#include "tests/milter/imipctl/client/fake_milter.h"

using namespace milter::imipctl;
using namespace tests;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const Envelope envelope{"carol@example.org", {"bob@example.com", "dave@example.com"}, "", "192.0.2.7", "4A1"};
const std::string mail = "From: carol@example.org\r\nSubject:  two\r\n lines\r\n\r\nHello\r\n";

Verdict play(FakeMilter& milter, const std::string& message = mail) {
    milter.start();
    return Mta(milter.socket, 5s).play(envelope, message);
}

}  // namespace

TEST_CASE("a mail that is accepted at the end of the header") {
    FakeMilter milter;
    milter.answers = {{'N', packet('a')}};
    const Verdict verdict = play(milter);
    CHECK(verdict.kind == Verdict::Kind::accept);
    CHECK_FALSE(verdict.body_sent);
    CHECK(milter.commands() == "OCHMRRTLLNAQ");
    SUBCASE("the offer is version 6 with everything") {
        CHECK(milter.packets("O").at(0) == "O" + u32(6) + u32(0x1ff) + u32(0x1fffff));
    }
    SUBCASE("the connection names the client") {
        CHECK(milter.packets("C").at(0) == "Cunknown\0004\x61\xa8"s + "192.0.2.7\0"s);
    }
    SUBCASE("addresses stand in angle brackets") {
        CHECK(milter.packets("MR") ==
              std::vector{"M<carol@example.org>\0"s, "R<bob@example.com>\0"s, "R<dave@example.com>\0"s});
    }
    SUBCASE("header values keep their leading space, and fold with LF") {
        CHECK(milter.packets("L") == std::vector{"LFrom\0 carol@example.org\0"s, "LSubject\0  two\n lines\0"s});
    }
    SUBCASE("the queue id is known from the second recipient on") {
        std::string with_id;
        for (const auto& macros : milter.packets("D"))
            if (macros.find("i\0004A1\0"s) != std::string::npos) with_id += macros[1];
        CHECK(with_id == "RTLLN");
    }
}

TEST_CASE("a milter that answers everything and reads the body") {
    FakeMilter milter;
    milter.negotiation = u32(6) + u32(0x1ff) + u32(0);
    for (const char command : "CHMRTLNB"s)
        milter.answers[command] = packet('c');
    milter.answers['E'] = packet('p') + packet('h', "X-A\0one\0"s) + packet('m', u32(2) + "X-B\0\0"s) +
                          packet('i', u32(1) + "X-C\0three\n more\0"s) + packet('q', "spam\0"s) + packet('b', "new ") +
                          packet('b', "body") + packet('+', "<eve@example.com>\0"s) +
                          packet('y', "550 5.7.1 100%% no\0"s);
    const Verdict verdict = play(milter);
    CHECK(milter.commands() == "OCHMRRTLLNBEAQ");
    CHECK(verdict.kind == Verdict::Kind::reply);
    CHECK(verdict.reply == "550 5.7.1 100% no");
    CHECK(verdict.body_sent);
    CHECK(milter.packets("L").at(0) == "LFrom\0carol@example.org\0"s);  // one space is eaten
    CHECK(milter.packets("L").at(1) == "LSubject\0 two\n lines\0"s);
    REQUIRE(verdict.changes.size() == 6);
    using Kind = Change::Kind;
    const std::vector<Change> want{
        {Kind::add_header, 0, "X-A", " one"},           {Kind::change_header, 2, "X-B", ""},
        {Kind::insert_header, 1, "X-C", " three more"}, {Kind::quarantine, 0, "", "spam"},
        {Kind::replace_body, 0, "", "new body"},        {Kind::add_recipient, 0, "", "<eve@example.com>"}};
    for (std::size_t i = 0; i < want.size(); ++i) {
        INFO("change ", i);
        CHECK(verdict.changes[i].kind == want[i].kind);
        CHECK(verdict.changes[i].index == want[i].index);
        CHECK(verdict.changes[i].name == want[i].name);
        CHECK(verdict.changes[i].value == want[i].value);
    }
}

TEST_CASE("steps that the milter does not want are left out, their macros are not") {
    FakeMilter milter;
    milter.negotiation = u32(6) + u32(0) + u32(0x2 | 0x200 | 0x10 | no_replies | leading_space);  // no HELO, DATA, body
    milter.answers = {{'N', packet('c')}, {'E', packet('c')}};
    const Verdict verdict = play(milter);
    CHECK_FALSE(verdict.body_sent);
    CHECK(milter.commands() == "OCMRRLLNEAQ");
    std::string stages;
    for (const auto& macros : milter.packets("D"))
        stages += macros[1];
    CHECK(stages == "CHMRRTLLNBE");
}

TEST_CASE("the macros that the milter names are sent instead of the usual ones") {
    FakeMilter milter;
    milter.negotiation += u32(5) + "i {client_addr},{auth_authen}\0"s;
    milter.answers = {{'N', packet('c')}, {'E', packet('a')}};
    Envelope with_login = envelope;
    with_login.auth_login = "carol";
    milter.start();
    Mta(milter.socket, 5s).play(with_login, mail);
    const auto macros = milter.packets("D");
    CHECK(macros.back() == "DEi\0004A1\0{client_addr}\000192.0.2.7\0{auth_authen}\0carol\0"s);
}

TEST_CASE("the body goes in chunks of 65535 bytes with CRLF, until the milter has enough") {
    FakeMilter milter;
    milter.answers = {{'N', packet('c')}, {'E', packet('c')}};
    std::string message = "Subject: long\n\n";
    for (int i = 0; i < 3000; ++i)
        message += std::string(60, 'x') + "\n";
    SUBCASE("all of it") {
        play(milter, message);
        std::string body;
        std::vector<std::size_t> sizes;
        for (const auto& chunk : milter.packets("B")) {
            body += chunk.substr(1);
            sizes.push_back(chunk.size() - 1);
        }
        CHECK(sizes == std::vector<std::size_t>{65535, 65535, 3000 * 62 - 2 * 65535});
        CHECK(body == in_crlf(std::string_view(message).substr(15)));
    }
    SUBCASE("no more after SKIP") {
        milter.negotiation = u32(6) + u32(0) + u32(leading_space | (no_replies & ~0x80000u));
        milter.answers['B'] = packet('s');
        play(milter, message);
        CHECK(milter.commands() == "OCHMRRTLNBEAQ");
    }
}

TEST_CASE("several messages on one connection") {
    FakeMilter milter;
    milter.answers = {{'N', packet('a')}};
    milter.start();
    {
        Mta mta(milter.socket, 5s);
        mta.play(envelope, mail);
        mta.play(envelope, mail);
        Envelope other = envelope;
        other.client_ip = "2001:db8::7";
        mta.play(other, mail);
    }
    CHECK(milter.commands() ==
          "OCHMRRTLLNA"
          "MRRTLLNA"
          "KCHMRRTLLNA"
          "Q");
}

TEST_CASE("refusals before the message") {
    FakeMilter milter;
    milter.negotiation = u32(6) + u32(0) + u32(0);
    for (const char command : "CHMRTLNBE"s)
        milter.answers[command] = packet('c');
    SUBCASE("of the connection: it holds for every mail") {
        milter.answers['C'] = packet('r');
        milter.start();
        {
            Mta mta(milter.socket, 5s);
            CHECK(mta.play(envelope, mail).kind == Verdict::Kind::reject);
            CHECK(mta.play(envelope, mail).kind == Verdict::Kind::reject);
        }
        CHECK(milter.commands() == "OCQ");
    }
    SUBCASE("of every recipient") {
        milter.answers['R'] = packet('t');
        CHECK(play(milter).kind == Verdict::Kind::tempfail);
        CHECK(milter.commands() == "OCHMRRAQ");
    }
}

TEST_CASE("a milter that cannot be talked to") {
    FakeMilter milter;
    const auto complaint = [&](std::chrono::milliseconds timeout = 5s) -> std::string {
        milter.start();
        try {
            Mta(milter.socket, timeout).play(envelope, mail);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "none";
    };
    SUBCASE("no socket there") {
        milter.socket = "unix:/nonexistent/socket";
        milter.start();
        CHECK_THROWS_WITH(Mta(milter.socket, 5s), "cannot connect to /nonexistent/socket: No such file or directory");
    }
    SUBCASE("not a socket") {
        milter.start();
        CHECK_THROWS_WITH(Mta("nonsense", 5s),
                          "'nonsense' is not a valid socket; expected unix:/path, inet:PORT@HOST or inet6:PORT@HOST");
    }
    SUBCASE("no answer in time") {
        CHECK(complaint(50ms) == "the milter did not answer within 50 ms");
    }
    SUBCASE("a change at the wrong time") {
        milter.answers['N'] = packet('h', "X\0y\0"s);
        CHECK(complaint() == "unexpected reply 0x68 of the milter to N");
    }
    SUBCASE("an endless packet") {
        milter.answers['N'] = u32(0xffffffff) + "a";
        CHECK(complaint() == "the milter sent a packet of 4294967295 bytes");
    }
    SUBCASE("a packet that is cut short") {
        milter.negotiation = u32(6);
        CHECK(complaint() == "the milter sent a packet that is too short");
    }
    SUBCASE("more than it was offered") {
        milter.negotiation = u32(6) + u32(0x8000) + u32(0);
        CHECK(complaint() == "the milter requested options that were not offered");
    }
}
