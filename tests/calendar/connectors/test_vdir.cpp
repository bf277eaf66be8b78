#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/base/sha256.h"
#include "calendar/connectors/object.h"
#include "tests/calendar/connectors/vdir_setting.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace tests;
namespace fs = std::filesystem;

TEST_CASE("a vdir keeps what every calendar promises") {
    VdirSetting s;
    check_contract(s.vdir, bob);
    CHECK(s.vdir.immediate());
    for (const auto& name : s.names())
        CHECK_MESSAGE(name.front() == '.', "left over: ", name);
    CHECK(fs::is_empty(s.folder.path() / "calendars/bob") == false);
}

TEST_CASE("folders are made when something is stored, for the daemon only") {
    VdirSetting s;
    REQUIRE(s.vdir.fetch(bob, "a").has_value());
    CHECK_FALSE(fs::exists(s.folder.path() / "calendars"));
    REQUIRE(s.vdir.store(bob, "a", event("a"), std::nullopt).has_value());
    for (const char* each : {"calendars", "calendars/bob", "calendars/bob/default"})
        CHECK((fs::status(s.folder.path() / each).permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK(s.names() == std::vector<std::string>{".imip-milter.lock", "a.ics"});
    CHECK(read_text(s.home / "a.ics") == event("a"));
}

TEST_CASE("users that are no folder name are refused") {
    VdirSetting s;
    for (const std::string user : {"..", "a/b", "", "a\nb"}) {
        INFO(user);
        const auto got = s.vdir.fetch({user, "x@example.com"}, "a");
        CHECK_MESSAGE(is<Permanent>(got), said(got));
        CHECK(is<Permanent>(s.vdir.store({user, "x@example.com"}, "a", event("a"), std::nullopt)));
    }
    CHECK(is<Permanent>(s.vdir.store({std::string(300, 'a'), "x@example.com"}, "a", event("a"), std::nullopt)));
}

TEST_CASE("a name that fetch did not give out is refused") {
    VdirSetting s;
    REQUIRE(s.vdir.store(bob, "a", event("a"), std::nullopt).has_value());
    for (const std::string name : {"../a.ics", "/etc/passwd", "..", "", ".imip-milter.lock"}) {
        INFO(name);
        CHECK(is<Permanent>(s.vdir.store(bob, "a", event("a", "x"), Stored{name, "", ""})));
        CHECK(is<Permanent>(s.vdir.remove(bob, "a", Stored{name, "", ""})));
    }
}

TEST_CASE("the largest object and one byte more") {
    constexpr std::size_t most = calendar::connectors::largest_object;
    VdirSetting s;
    const auto padded = [](std::size_t size) {
        auto text = event("a");
        const std::string tail = "END:VEVENT\r\nEND:VCALENDAR\r\n";
        text.resize(text.size() - tail.size());
        text += "X-PAD:";
        text.append(size - text.size() - tail.size() - 2, 'x');
        return text + "\r\n" + tail;
    };
    const auto largest = padded(most);
    REQUIRE(largest.size() == most);
    REQUIRE(s.vdir.store(bob, "a", largest, std::nullopt).has_value());
    CHECK((*s.vdir.fetch(bob, "a"))->content == largest);
    CHECK(is<Permanent>(s.vdir.store(bob, "b", padded(most + 1), std::nullopt)));
    write_text(s.home / "a.ics", padded(most + 1));
    CHECK(is<Permanent>(s.vdir.fetch(bob, "a")));
}

TEST_CASE("repeating a store that worked is harmless") {
    VdirSetting s;
    REQUIRE(s.vdir.store(bob, "a", event("a", "1"), std::nullopt).has_value());
    CHECK(s.vdir.store(bob, "a", event("a", "1"), std::nullopt).has_value());
    const auto before = *s.vdir.fetch(bob, "a");
    REQUIRE(s.vdir.store(bob, "a", event("a", "2"), before).has_value());
    CHECK(s.vdir.store(bob, "a", event("a", "2"), before).has_value());
}

TEST_CASE("what a crash left behind does not disturb, and a replaced file keeps its mode") {
    VdirSetting s;
    fs::create_directories(s.home);
    write_text(s.home / ".imip-milter.tmp", "BEGIN:VCAL");
    CHECK_FALSE(s.vdir.fetch(bob, "a")->has_value());
    REQUIRE(s.vdir.store(bob, "a", event("a"), std::nullopt).has_value());
    CHECK_FALSE(fs::exists(s.home / ".imip-milter.tmp"));
    fs::permissions(s.home / "a.ics", fs::perms(0604));
    REQUIRE(s.vdir.store(bob, "a", event("a", "2"), *s.vdir.fetch(bob, "a")).has_value());
    CHECK(fs::status(s.home / "a.ics").permissions() == fs::perms(0604));
}

TEST_CASE("many writers: every change is made on what was there, none is lost") {
    VdirSetting s;
    constexpr int writers = 4, changes = 25;
    std::atomic<int> troubles{0};
    std::atomic<int> tries{0};
    const auto work = [&] {
        Vdir own{VdirOptions{s.path}};
        for (int done = 0; done < changes;) {
            const auto before = own.fetch(bob, "a");
            if (!before) {
                ++troubles;
                return;
            }
            // One more line for each change, no two alike: a store of what is there already is no change.
            auto content = *before ? (*before)->content : event("a");
            content.insert(content.find("DTSTAMP"), "X-CHANGE:" + std::to_string(++tries) + "\r\n");
            const auto stored = own.store(bob, "a", content, *before);
            if (stored)
                ++done;
            else if (!is<Conflict>(stored)) {
                ++troubles;
                return;
            }
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i)
        threads.emplace_back(work);
    for (auto& each : threads)
        each.join();
    CHECK(troubles == 0);
    const auto content = read_text(s.home / "a.ics");
    int lines = 0;
    for (auto at = content.find("X-CHANGE"); at != std::string::npos; at = content.find("X-CHANGE", at + 1))
        ++lines;
    CHECK(lines == writers * changes);
}
