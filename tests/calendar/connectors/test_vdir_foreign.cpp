#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "calendar/base/sha256.h"
#include "calendar/connectors/object.h"
#include "tests/calendar/connectors/vdir_setting.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace tests;
namespace fs = std::filesystem;

namespace {

const std::size_t largest = calendar::connectors::largest_object;

}  // namespace

TEST_CASE("events that other programs named are found by their UID and keep their name") {
    VdirSetting s;
    fs::create_directories(s.home);
    write_text(s.home / "Meeting with Carol.ics", event("a"));
    write_text(s.home / ".hidden.ics", event("b"));
    write_text(s.home / "b.txt", event("b"));
    write_text(s.home / "export.ics", event("b") + event("c"));
    const auto found = s.vdir.fetch(bob, "a");
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    CHECK((*found)->name == "Meeting with Carol.ics");
    CHECK((*found)->version == sha256(event("a")));
    CHECK_MESSAGE(is<Conflict>(s.vdir.store(bob, "a", event("a", "new"), std::nullopt)),
                  "never a second file for one UID");
    REQUIRE(s.vdir.store(bob, "a", event("a", "new"), *found).has_value());
    CHECK(read_text(s.home / "Meeting with Carol.ics") == event("a", "new"));
    CHECK_FALSE(fs::exists(s.home / "a.ics"));
    for (const char* uid : {"b", "c"}) {
        INFO("not an event of its own: ", uid);
        CHECK_FALSE(s.vdir.fetch(bob, uid)->has_value());
    }
}

TEST_CASE("of several files with one UID the one with an ORGANIZER counts") {
    VdirSetting s;
    fs::create_directories(s.home);
    for (const char* name : {"1.ics", "2.ics", "4.ics", "5.ics"})
        write_text(s.home / name, event("a", "x", false));
    write_text(s.home / "3.ics", event("a"));
    CHECK((*s.vdir.fetch(bob, "a"))->name == "3.ics");
}

TEST_CASE("the extension counts in any case of letters") {
    VdirSetting s;
    fs::create_directories(s.home);
    write_text(s.home / "UPPER.ICS", event("a"));
    write_text(s.home / "Mixed.Ics", event("b"));
    write_text(s.home / "no.icsx", event("c"));
    write_text(s.home / ".ICS", event("c"));
    CHECK(s.file_of("a") == "UPPER.ICS");
    CHECK(s.file_of("b") == "Mixed.Ics");
    CHECK(s.file_of("c") == "none");
    CHECK(is<Conflict>(s.vdir.store(bob, "a", event("a", "new"), std::nullopt)));
}

TEST_CASE("changes by other programs are seen at once") {
    std::optional<VdirSetting> setting;
    SUBCASE("where the kernel reports them") {
        setting.emplace();
    }
    SUBCASE("where it does not") {
        // As on a network file system, or when there are too many watches.
        const ResourceLimit no_more(RLIMIT_NOFILE, ResourceLimit::files(0));
        setting.emplace();
    }
    auto& s = *setting;
    fs::create_directories(s.home);
    CHECK(s.file_of("a") == "none");
    write_text(s.home / "x.ics", event("a"));
    CHECK(s.file_of("a") == "x.ics");
    fs::rename(s.home / "x.ics", s.home / "y.ics");
    CHECK(s.file_of("a") == "y.ics");
    write_text(s.home / "new", event("b"));
    fs::rename(s.home / "new", s.home / "y.ics");
    CHECK(s.file_of("a") == "none");
    CHECK(s.file_of("b") == "y.ics");
    fs::remove(s.home / "y.ics");
    CHECK(s.file_of("b") == "none");
    fs::remove_all(s.home);
    CHECK(s.file_of("b") == "none");
    fs::create_directories(s.home);
    write_text(s.home / "z.ics", event("b"));
    CHECK(s.file_of("b") == "z.ics");
}

TEST_CASE("what others write while we write is not missed") {
    VdirSetting s;
    fs::create_directories(s.home);
    CHECK_FALSE(s.vdir.fetch(bob, "unknown")->has_value());
    std::atomic<int> written{0};
    std::thread other([&] {
        for (int i = 0; i < 300; ++i) {
            write_text(s.home / "new", event("other" + std::to_string(i)));
            fs::rename(s.home / "new", s.home / ("n" + std::to_string(i) + ".ics"));
            written = i + 1;
        }
    });
    bool all = true;
    for (int i = 0; written < 300; ++i) {
        const auto uid = "own" + std::to_string(i);
        all = all && s.vdir.store(bob, uid, event(uid), std::nullopt).has_value();
        if (const int last = written; last > 0)
            all = all && s.vdir.fetch(bob, "other" + std::to_string(last - 1))->has_value();
    }
    other.join();
    CHECK(all);
    for (int i = 0; i < 300; ++i)
        CHECK(s.vdir.fetch(bob, "other" + std::to_string(i))->has_value());
}

TEST_CASE("a file that another program writes slowly is read when it is finished") {
    VdirSetting s;
    fs::create_directories(s.home);
    CHECK_FALSE(s.vdir.fetch(bob, "a")->has_value());
    const auto text = event("a");
    std::ofstream file(s.home / "slow.ics", std::ios::binary);
    file << text.substr(0, 20) << std::flush;
    CHECK_FALSE(s.vdir.fetch(bob, "a")->has_value());
    file << text.substr(20);
    file.close();
    CHECK(s.vdir.fetch(bob, "a")->has_value());
}

TEST_CASE("an event in a file that is too large is not written a second time") {
    VdirSetting s;
    fs::create_directories(s.home);
    // Some programs sort the properties, and an attachment comes before the UID.
    const auto large = [](const std::string& uid, std::size_t size) {
        auto text = event(uid);
        text.insert(text.find("UID:"), "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + std::string(size, 'A') + "\r\n");
        return text;
    };
    write_text(s.home / "large.ics", large("a", largest));
    write_text(s.home / "larger.ics", large("b", 3 * largest / 2));
    write_text(s.home / "more than is read.ics", large("c", 3 * largest));
    write_text(s.home / "export.ics", event("d") + large("e", largest));
    for (const char* uid : {"a", "b"}) {
        INFO(uid);
        const auto got = s.vdir.fetch(bob, uid);
        CHECK_MESSAGE(is<Permanent>(got), said(got));
        CHECK_MESSAGE(said(got).find("is larger than 10485760 bytes") != std::string::npos, said(got));
        CHECK(is<Permanent>(s.vdir.store(bob, uid, event(uid), std::nullopt)));
        CHECK_FALSE(fs::exists(s.home / (std::string(uid) + ".ics")));
    }
    for (const char* uid : {"c", "d", "e", "other"}) {
        INFO("no file is this event's: ", uid);
        const auto got = s.vdir.fetch(bob, uid);
        REQUIRE_MESSAGE(got.has_value(), said(got));
        CHECK_FALSE(got->has_value());
    }
}
