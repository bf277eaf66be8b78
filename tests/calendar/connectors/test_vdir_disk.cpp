#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/base/sha256.h"
#include "tests/calendar/connectors/vdir_setting.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace tests;
namespace fs = std::filesystem;

TEST_CASE("what is no regular file of ours is not followed, waited for or overwritten") {
    VdirSetting s;
    fs::create_directories(s.home);
    const auto outside = s.folder.path() / "outside.ics";
    write_text(outside, event("a"));
    SUBCASE("a symbolic link under the event's name") {
        fs::create_symlink(outside, s.home / "a.ics");
        CHECK(is<Permanent>(s.vdir.fetch(bob, "a")));
        CHECK(is<Permanent>(s.vdir.store(bob, "a", event("a", "x"), std::nullopt)));
        CHECK(is<Permanent>(s.vdir.store(bob, "a", event("a", "x"), Stored{"a.ics", sha256(event("a")), ""})));
    }
    SUBCASE("a symbolic link under another name") {
        fs::create_symlink(outside, s.home / "b.ics");
        CHECK_FALSE(s.vdir.fetch(bob, "a")->has_value());
    }
    SUBCASE("a FIFO") {
        REQUIRE(::mkfifo((s.home / "a.ics").c_str(), 0600) == 0);
        CHECK(is<Permanent>(s.vdir.fetch(bob, "a")));
    }
    SUBCASE("a folder") {
        fs::create_directory(s.home / "a.ics");
        CHECK(is<Permanent>(s.vdir.fetch(bob, "a")));
    }
    SUBCASE("another event under this event's name") {
        write_text(s.home / "a.ics", event("other"));
        CHECK_FALSE(s.vdir.fetch(bob, "a")->has_value());
        CHECK(is<Permanent>(s.vdir.store(bob, "a", event("a"), std::nullopt)));
        CHECK(read_text(s.home / "a.ics") == event("other"));
    }
    SUBCASE("a symbolic link as the lock") {
        fs::create_symlink(outside, s.home / ".imip-milter.lock");
        CHECK_FALSE(s.vdir.store(bob, "a", event("a"), std::nullopt).has_value());
    }
    SUBCASE("a symbolic link as the temporary file is replaced") {
        fs::create_symlink(outside, s.home / ".imip-milter.tmp");
        CHECK(s.vdir.store(bob, "b", event("b"), std::nullopt).has_value());
    }
    CHECK(read_text(outside) == event("a"));
}

TEST_CASE("trouble with the disk is temporary and leaves nothing behind") {
    VdirSetting s;
    REQUIRE(s.vdir.store(bob, "a", event("a", "1"), std::nullopt).has_value());
    const auto before = *s.vdir.fetch(bob, "a");
    SUBCASE("a file where a folder should be") {
        Vdir other{VdirOptions{(s.home / "a.ics/{user}").string()}};
        const auto got = other.store(bob, "b", event("b"), std::nullopt);
        CHECK_MESSAGE(is<Temporary>(got), said(got));
    }
    SUBCASE("no room to write") {
        // The kernel refuses to grow a file past this limit just as it does on a full disk, halfway.
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        auto limit = std::make_optional<ResourceLimit>(RLIMIT_FSIZE, 100);
        const auto replaced = s.vdir.store(bob, "a", event("a", "2"), before);
        const auto created = s.vdir.store(bob, "b", event("b"), std::nullopt);
        limit.reset();
        std::signal(SIGXFSZ, handler);
        CHECK_MESSAGE(is<Temporary>(replaced), said(replaced));
        CHECK_MESSAGE(is<Temporary>(created), said(created));
        CHECK(said(created).find("File too large") != std::string::npos);
    }
    SUBCASE("no file descriptor left to read what may be the event") {
        fs::rename(s.home / "a.ics", s.home / "b.ics");
        auto limit = std::make_optional<ResourceLimit>(RLIMIT_NOFILE, ResourceLimit::files(1));
        const auto got = s.vdir.fetch(bob, "a");
        limit.reset();
        CHECK_MESSAGE(is<Temporary>(got), said(got));
        CHECK((*s.vdir.fetch(bob, "a"))->name == "b.ics");
        fs::rename(s.home / "b.ics", s.home / "a.ics");
    }
    SUBCASE("somebody holds the lock and does not let go") {
        const int fd = ::open((s.home / ".imip-milter.lock").c_str(), O_RDWR | O_CLOEXEC);
        REQUIRE(::flock(fd, LOCK_EX) == 0);
        const auto got = s.vdir.store(bob, "a", event("a", "2"), before);
        ::close(fd);
        CHECK_MESSAGE(is<Temporary>(got), said(got));
    }
    CHECK(read_text(s.home / "a.ics") == event("a", "1"));
    CHECK(s.names() == std::vector<std::string>{".imip-milter.lock", "a.ics"});
}
