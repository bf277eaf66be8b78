#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "milter/sandbox/cell.h"
#include "tests/milter/mail/messages.h"
#include "tests/milter/sandbox/obedient_cell.h"

using calendar::base::Deadline;
using calendar::itip::ApplyInput;
using calendar::itip::Outcome;
using calendar::itip::Reason;
using milter::mail::Inspection;
using milter::mail::InspectLimits;
using milter::sandbox::CellPool;
using obedient_cell::told;
using obedient_cell::told_accepted;
using Priority = milter::sandbox::Forker::Priority;
using namespace std::chrono_literals;

namespace {

/// For all tests, as a daemon has one for its life.
milter::sandbox::Forker& real_forker() {
    static milter::sandbox::Forker forker = milter::sandbox::Forker::start(milter::sandbox::CellFunctions());
    return forker;
}

bool same_here_and_there(CellPool& pool, const std::string& mail) {
    return to_json(pool.inspect(mail, {}, Deadline::max())) == to_json(milter::mail::inspect(mail, {}));
}

std::string applied(CellPool& pool) {
    ApplyInput input;
    input.stored = "object";
    const Outcome outcome = pool.apply(input, Deadline::max());
    return std::string(word(outcome.kind)) + " " + std::string(word(outcome.reason)) + " " +
           outcome.object.value_or("none");
}

}  // namespace

TEST_CASE("a cell says what the same function says here") {
    CellPool pool(real_forker(), {});
    for (const std::string& name : messages::names()) {
        INFO(name);
        const std::string mail = messages::named(name);
        CHECK(same_here_and_there(pool, mail));
    }
    SUBCASE("with the limits of the one who asks") {
        InspectLimits limits;
        limits.calendar.bytes = 10;
        const Inspection got = pool.inspect(messages::named("latin1"), limits, Deadline::max());
        CHECK(got.parts.at(0).error->reason == Reason::too_large);
    }
    SUBCASE("of a mail too large for a socket") {
        const std::string mail = messages::of_parts(
            {"\r\n" + std::string(20'000'000, 'x'), "Content-Type: text/calendar\r\n\r\n" + messages::invitation()});
        const Inspection got = pool.inspect(mail, {}, Deadline::max());
        REQUIRE(got.usable() != nullptr);
        CHECK(got.usable()->path == "2");
    }
    SUBCASE("of charsets whose converters are files") {
        for (const std::string charset : {"iso-8859-15", "windows-1252", "koi8-r", "gb18030", "big5", "euc-kr",
                                          "iso-2022-jp", "cp850", "utf-7", "utf-32"}) {
            INFO(charset);
            const std::string mail = messages::of_one_part("Content-Type: text/calendar; charset=" + charset + "\r\n",
                                                           messages::invitation());
            CHECK(same_here_and_there(pool, mail));
        }
    }
}

TEST_CASE("apply and describe in a cell") {
    CellPool pool(real_forker(), {});
    ApplyInput input;
    input.message = messages::invitation();
    input.recipient = {*calendar::itip::Address::parse("bob@example.com")};
    const Outcome created = pool.apply(input, Deadline::max());
    CHECK(word(created.kind) == "created");
    REQUIRE(created.object);
    const auto described = pool.describe(*created.object, Deadline::max());
    REQUIRE(described.has_value());
    CHECK(described->uid == "one@example.org");
    input.stored = created.object;
    const Outcome again = pool.apply(input, Deadline::max());
    CHECK(word(again.kind) == "unchanged");
    CHECK(again.object == created.object);

    SUBCASE("a stored object that is not UTF-8 comes back byte for byte") {
        input.stored = "BEGIN:VCALENDAR\r\nX:\xff\xfe\r\nEND:VCALENDAR\r\n";
        const Outcome refused = pool.apply(input, Deadline::max());
        CHECK(word(refused.kind) == "refused");
        CHECK(refused.object == input.stored);
        CHECK_FALSE(pool.describe(*input.stored, Deadline::max()).has_value());
    }
}

TEST_CASE("a cell that goes wrong is killed, and the next mail never notices") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 500ms});
    for (const std::string order : {"crash",
                                    "exit",
                                    "throw",
                                    "garbage",
                                    "brackets",
                                    "no content",
                                    "two contents",
                                    "a content cut short",
                                    "a content and more",
                                    "a content of no size",
                                    "a content that is no text",
                                    "hang",
                                    "half a frame",
                                    "socket",
                                    "connect to the daemon's sockets",
                                    "fork",
                                    "exec",
                                    "kill",
                                    "trace",
                                    "run what it wrote"}) {
        INFO(order);
        const std::string before = told_accepted(pool, "pid");
        CHECK(told(pool, order) == "killed");
        CHECK(told(pool, "hello") == "5 hello");
        CHECK(told_accepted(pool, "pid") != before);
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose cells have no such limit
    CHECK(told(pool, "all memory") == "killed");
    CellPool patient(obedient_cell::forker(), {1, Priority::urgent, 60s});
    CHECK(told(patient, "a gigabyte") == "killed");
#endif
    CHECK(told(pool, "hello") == "5 hello");
    CHECK_FALSE(pool.describe("x", Deadline::max()).has_value());
    CHECK(pool.describe("x", Deadline::max()).error().reason == Reason::sandbox_killed);
}

TEST_CASE("an answer is no larger than what was asked can make it") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 5s});
    const std::string large_mail(50'000, ' ');  // behind the order
    CHECK(told(pool, "bytes 2350000") == std::string(2'350'000, 'x'));
    CHECK(told(pool, "bytes 2375000") == "killed");
    CHECK(told(pool, "bytes 2375000" + large_mail) == std::string(2'375'000, 'x'));
    CHECK(told(pool, "parts 2600") == "many");  // 13 elements each
    CHECK(told(pool, "parts 2650") == "killed");
    CHECK(told(pool, "parts 2650" + large_mail) == "many");
}

TEST_CASE("an answer that comes byte by byte is late like any other") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 500ms});
    CHECK(told(pool, "dribble") == "killed");
}

TEST_CASE("the contents of messages come beside the JSON") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 5s});
    const Inspection got = pool.inspect("one content", {}, Deadline::max());
    REQUIRE_FALSE(got.error);
    CHECK(got.parts.at(0).messages.at(0).content == "hello");
}

TEST_CASE("a cell has nothing and gets nothing") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 5s});
    CHECK(told(pool, "open a file") == "refused");
    CHECK(told(pool, "descriptors") == "0 1 2 3 ");
    const std::string large(1'000'000, 'x');
    CHECK(told_accepted(pool, large) == "1000000 xxxxxxxxxx");  // the file that it came in was closed again:
    CHECK(told(pool, "descriptors") == "0 1 2 3 ");
    CHECK(told(pool, "") == "0 ");
}

TEST_CASE("a cell knows the zones, though they are files") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 5s});
    CHECK(told(pool, "zone") == "1782900000");  // 2026-07-01 10:00 UTC
}

TEST_CASE("apply in a killed cell refuses and leaves the stored object") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 1ms});
    CHECK(applied(pool) == "refused sandbox_killed object");
}
