#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "calendar/connectors/object.h"
#include "calendar/connectors/vdir.h"
#include "tests/calendar/connectors/contract.h"
#include "tests/support/process.h"

using namespace calendar::base;
using namespace calendar::connectors;
using tests::event;
using tests::is;
using tests::said;
using tests::write_text;
namespace fs = std::filesystem;

namespace {

const Owner bob{"bob", "bob@example.com"};

/// A folder in which other programs wrote.
struct Setting {
    tests::TemporaryFolder folder;
    fs::path home = folder.path() / "bob";
    Vdir vdir{VdirOptions{(folder.path() / "{user}").string()}};

    Setting() { fs::create_directories(home); }
};

const std::size_t largest = ObjectLimits().object();

}  // namespace

TEST_CASE("the extension counts in any case of letters") {
    Setting s;
    write_text(s.home / "UPPER.ICS", event("a"));
    write_text(s.home / "Mixed.Ics", event("b"));
    write_text(s.home / "no.icsx", event("c"));
    write_text(s.home / ".ICS", event("c"));
    const auto name = [&](const char* uid) {
        const auto found = s.vdir.fetch(bob, uid);
        REQUIRE_MESSAGE(found.has_value(), said(found));
        return *found ? (*found)->name : std::string("none");
    };
    CHECK(name("a") == "UPPER.ICS");
    CHECK(name("b") == "Mixed.Ics");
    CHECK(name("c") == "none");
    CHECK(is<Conflict>(s.vdir.store(bob, "a", event("a", "new"), std::nullopt)));
}

TEST_CASE("an event in a file that is too large is not written a second time") {
    Setting s;
    // Some programs sort the properties, and an attachment comes before the UID.
    const auto large = [](const std::string& uid, std::size_t size) {
        auto text = event(uid);
        text.insert(text.find("UID:"), "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + std::string(size, 'A') + "\r\n");
        return text;
    };
    write_text(s.home / "large.ics", large("a", largest));
    write_text(s.home / "larger.ics", large("b", 15 * largest / 2));
    write_text(s.home / "more than is read.ics", large("c", 9 * largest));
    write_text(s.home / "export.ics", event("d") + large("e", largest));
    for (const char* uid : {"a", "b"}) {
        INFO(uid);
        const auto got = s.vdir.fetch(bob, uid);
        CHECK_MESSAGE(is<Permanent>(got), said(got));
        CHECK_MESSAGE(said(got).find("is larger than 2097152 bytes") != std::string::npos, said(got));
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
