#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/connectors/caldav_servers.h"
#include "tests/calendar/connectors/contract.h"
#include "tests/support/process.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace std::chrono_literals;
using namespace tests;

namespace {

/// What another program stored under a name of its own.
template <class Server>
void check_foreign_name(const Server& server, Connector& calendar) {
    put(server, server.usual() + "Name%20of%20its%20own.ics", event("foreign@example.org", "first"));
    put(server, server.usual() + "longer.ics", event("foreign@example.org.longer", "other"));
    const auto found = calendar.fetch(bob, "foreign@example.org");
    REQUIRE_MESSAGE(found.has_value(), said(found));
    REQUIRE(found->has_value());
    CHECK((*found)->name.ends_with("/Name%20of%20its%20own.ics"));
    CHECK((*found)->content.find("SUMMARY:first") != std::string::npos);

    const auto doubled =
        calendar.store(bob, "foreign@example.org", event("foreign@example.org", "double"), std::nullopt);
    CHECK_MESSAGE(is<Conflict>(doubled), said(doubled));

    const auto stored = calendar.store(bob, "foreign@example.org", event("foreign@example.org", "second"), *found);
    REQUIRE_MESSAGE(stored.has_value(), said(stored));
    const auto again = calendar.fetch(bob, "foreign@example.org");
    REQUIRE_MESSAGE(again.has_value(), said(again));
    CHECK((*again)->name == (*found)->name);
    CHECK((*again)->content.find("SUMMARY:second") != std::string::npos);
    CHECK(calendar.remove(bob, "foreign@example.org", **again).has_value());
}

/// What bob keeps in another of his calendars.
template <class Server>
void check_other_calendar(const Server& server, Connector& calendar) {
    const std::string uid = "elsewhere@example.org", usual = server.usual() + "elsewhere%40example.org.ics";
    const auto fetch = [&] {
        const auto found = calendar.fetch(bob, uid);
        REQUIRE_MESSAGE(found.has_value(), said(found));
        REQUIRE(found->has_value());
        return **found;
    };
    put(server, "work/there.ics", event(uid, "first"));
    const auto first = fetch();
    CHECK(first.name.ends_with("/work/there.ics"));
    CHECK(first.also == "");
    const auto stored = calendar.store(bob, uid, event(uid, "second"), first);
    REQUIRE_MESSAGE(stored.has_value(), said(stored));
    CHECK(server.send("GET", usual) == 404);
    const auto stale = calendar.store(bob, uid, event(uid, "third"), first);
    CHECK_MESSAGE(is<Conflict>(stale), said(stale));

    put(server, server.usual() + "copy.ics", event(uid, "imported", false));
    const auto second = fetch();
    CHECK(second.name == first.name);
    CHECK(second.content.find("SUMMARY:second") != std::string::npos);
    CHECK(second.also.ends_with(server.usual() + "copy.ics"));

    const auto removed = calendar.remove(bob, uid, second);
    CHECK_MESSAGE(removed.has_value(), said(removed));
    CHECK(server.send("GET", "work/there.ics") == 404);
    const auto third = fetch();
    CHECK(third.name.ends_with("/" + server.usual() + "copy.ics"));
    CHECK(third.also == "");
    put(server, "work/imported.ics", event(uid, "imported there", false));
    CHECK(fetch().name == third.name);
    CHECK(fetch().also.ends_with("/work/imported.ics"));
}

/// Servers compare UIDs by "contains".
template <class Server>
void check_similar_uids(const Server& server, Connector& calendar) {
    for (int i = 0; i < 25; ++i)
        put(server, server.usual() + "similar" + std::to_string(i) + ".ics", event("alike." + std::to_string(i)));
    const auto none = calendar.fetch(bob, "alike.");
    REQUIRE_MESSAGE(none.has_value(), said(none));
    CHECK_FALSE(none->has_value());
    put(server, server.usual() + "the%20one.ics", event("alike.", "the one"));
    const auto found = calendar.fetch(bob, "alike.");
    REQUIRE_MESSAGE(found.has_value(), said(found));
    REQUIRE(found->has_value());
    CHECK((*found)->content.find("SUMMARY:the one") != std::string::npos);
}

void check_other_components(Connector& calendar) {
    for (const std::string component : {"VTODO", "VJOURNAL"}) {
        const auto uid = component + "@example.org";
        const auto stored = calendar.store(bob, uid, event(uid, "kind", true, component), std::nullopt);
        REQUIRE_MESSAGE(stored.has_value(), said(stored));
        const auto found = calendar.fetch(bob, uid);
        REQUIRE_MESSAGE(found.has_value(), said(found));
        REQUIRE(found->has_value());
        CHECK((*found)->content.find("BEGIN:" + component) != std::string::npos);
    }
}

/// Each writer adds its changes to what is there; a lost update would leave fewer categories than changes.
void check_many_writers(Connector& calendar) {
    constexpr int writers = 4, changes = 5;
    std::atomic<int> troubles{0};
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer)
        threads.emplace_back([&, writer] {
            for (int done = 0; done < changes && troubles == 0;) {
                const auto before = calendar.fetch(bob, "busy");
                auto content = before && *before ? (*before)->content : event("busy");
                content.insert(content.find("SUMMARY:"),
                               "X-CHANGE-" + std::to_string(writer) + "-" + std::to_string(done) + ":1\r\n");
                const auto stored = before ? calendar.store(bob, "busy", content, *before)
                                           : Result<void>(tl::unexpected(before.error()));
                if (stored)
                    ++done;
                else if (!is<Conflict>(stored))
                    ++troubles;
            }
        });
    for (auto& each : threads)
        each.join();
    CHECK(troubles == 0);
    const auto content = (*calendar.fetch(bob, "busy"))->content;
    int lines = 0;
    for (auto at = content.find("X-CHANGE"); at != std::string::npos; at = content.find("X-CHANGE", at + 1))
        ++lines;
    CHECK(lines == writers * changes);
}

}  // namespace

TEST_SUITE_BEGIN("servers");

TEST_CASE("Radicale") {
    RadicaleCalendars radicale;
    const auto calendar = make_connector(radicale.options());
    check_contract(*calendar, bob);
    check_foreign_name(radicale, *calendar);
    check_other_calendar(radicale, *calendar);
    check_similar_uids(radicale, *calendar);
    check_other_components(*calendar);
    check_many_writers(*calendar);

    const auto wrong = make_connector(radicale.options("pw-wrong"));
    const auto refused = wrong->fetch(bob, "a");
    CHECK_MESSAGE(is<Temporary>(refused), said(refused));
    CHECK(said(refused).find("pw-wrong") == std::string::npos);
    CHECK(is<Temporary>(wrong->store(bob, "a", event("a"), std::nullopt)));

    const auto other = make_connector(radicale.options("pw-milter", "nothing"));
    const auto missing = other->fetch(bob, "a");
    CHECK_MESSAGE(is<Temporary>(missing), said(missing));
    CHECK_FALSE(other->store(bob, "a", event("a"), std::nullopt).has_value());

    radicale.server.process.reset();
    const auto gone = calendar->fetch(bob, "a");
    CHECK_MESSAGE(is<Temporary>(gone), said(gone));
}

TEST_CASE("an organizer whom Radicale names by a path of its own is the user") {
    using namespace calendar::itip;
    load_zones();
    RadicaleCalendars radicale;
    const auto calendar = make_connector(radicale.options());
    auto content = event("own@example.org");
    const std::string by_mail = "ORGANIZER:mailto:carol@example.org";
    put(radicale, radicale.usual() + "own.ics",
        content.replace(content.find(by_mail), by_mail.size(), "ORGANIZER;CN=Bob:/bob/"));
    const auto found = calendar->fetch(bob, "own@example.org");
    REQUIRE_MESSAGE(found.has_value(), said(found));
    REQUIRE(found->has_value());
    CHECK((*found)->owner_uris == std::vector<std::string>{"/bob/"});

    ApplyInput input;
    input.stored = (*found)->content;
    input.recipient = {Address::parse("bob.b@example.com").value()};
    input.message =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:own@example.org\r\n"
        "DTSTAMP:20261122T020000Z\r\nDTSTART:20261201T100000Z\r\nORGANIZER:mailto:bob.b@example.com\r\n"
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    CHECK(apply(input).reason == Reason::organizer_mismatch);
    input.recipient_uris = (*found)->owner_uris;
    const auto outcome = apply(input);
    CHECK_MESSAGE(outcome.reason == Reason::reply_recorded, outcome.detail);
    REQUIRE(outcome.object.has_value());
    const auto stored = calendar->store(bob, "own@example.org", *outcome.object, *found);
    CHECK_MESSAGE(stored.has_value(), said(stored));
    const auto again = calendar->fetch(bob, "own@example.org");
    REQUIRE_MESSAGE(again.has_value(), said(again));
    CHECK((*again)->content.find("PARTSTAT=ACCEPTED") != std::string::npos);
}

TEST_CASE("Xandikos") {
    XandikosCalendars xandikos;
    const auto calendar = make_connector(xandikos.options());
    check_contract(*calendar, bob);
    check_foreign_name(xandikos, *calendar);
    check_other_calendar(xandikos, *calendar);
    check_similar_uids(xandikos, *calendar);
    check_other_components(*calendar);
}

TEST_CASE("a certificate that nobody vouches for is temporary trouble, and the password stays here") {
    TemporaryFolder folder;
    const auto key = (folder.path() / "key").string(), certificate = (folder.path() / "certificate").string();
    Process make(
        {"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate},
        folder.path() / "made");
    REQUIRE(make.wait() == 0);
    const auto log = folder.path() / "log";
    const auto server = start_server(
        [&](std::uint16_t port) {
            return std::vector<std::string>{
                "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:" + std::to_string(port), "-key", key, "-cert",
                certificate,        "-www"};
        },
        log);
    write_text(folder.path() / "password", "pw-milter\n");
    const auto calendar =
        make_connector(CaldavOptions{"https://127.0.0.1:" + std::to_string(server.port) + "/{user}/",
                                     "default",
                                     {.username = "milter", .password_file = folder.path() / "password"},
                                     10s});
    const auto fetched = calendar->fetch(bob, "a");
    CHECK_MESSAGE(is<Temporary>(fetched), said(fetched));
    CHECK(said(fetched).find("certificate") != std::string::npos);
}

TEST_SUITE_END();
