#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/base/sha256.h"
#include "calendar/connectors/object.h"
#include "calendar/connectors/vdir.h"
#include "tests/calendar/connectors/contract.h"
#include "tests/support/process.h"

using namespace calendar::base;
using namespace calendar::connectors;
using tests::event;
using tests::is;
using tests::read_text;
using tests::said;
using tests::write_text;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const Owner bob{"bob", "bob@example.com"};

struct Setting {
    tests::TemporaryFolder folder;
    fs::path home = folder.path() / "calendars/bob/default";
    Vdir vdir{VdirOptions{(folder.path() / "calendars/{user}/default").string()}};

    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& each : fs::directory_iterator(home))
            all.push_back(each.path().filename().string());
        std::sort(all.begin(), all.end());
        return all;
    }
    /// Makes the folder look as if nobody touched it for a while, as it mostly is.
    void rest() const { fs::last_write_time(home, fs::file_time_type::clock::now() - std::chrono::minutes(1)); }
};

}  // namespace

TEST_CASE("a vdir keeps what every calendar promises") {
    Setting s;
    tests::check_contract(s.vdir, bob);
    CHECK(s.vdir.immediate());
    for (const auto& name : s.names())
        CHECK_MESSAGE(name.front() == '.', "left over: ", name);
    CHECK(fs::is_empty(s.folder.path() / "calendars/bob") == false);
}

TEST_CASE("folders are made when something is stored, for the daemon only") {
    Setting s;
    REQUIRE(s.vdir.fetch(bob, "a").has_value());
    CHECK_FALSE(fs::exists(s.folder.path() / "calendars"));
    REQUIRE(s.vdir.store(bob, "a", event("a"), std::nullopt).has_value());
    for (const char* each : {"calendars", "calendars/bob", "calendars/bob/default"})
        CHECK((fs::status(s.folder.path() / each).permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK(s.names() == std::vector<std::string>{".imip-milter.lock", "a.ics"});
    CHECK(read_text(s.home / "a.ics") == event("a"));
}

TEST_CASE("users that are no folder name are refused") {
    Setting s;
    for (const std::string user : {"..", "a/b", "", "a\nb"}) {
        INFO(user);
        const auto got = s.vdir.fetch({user, "x@example.com"}, "a");
        CHECK_MESSAGE(is<Permanent>(got), said(got));
        CHECK(is<Permanent>(s.vdir.store({user, "x@example.com"}, "a", event("a"), std::nullopt)));
    }
    CHECK(is<Permanent>(s.vdir.store({std::string(300, 'a'), "x@example.com"}, "a", event("a"), std::nullopt)));
}

TEST_CASE("a name that fetch did not give out is refused") {
    Setting s;
    REQUIRE(s.vdir.store(bob, "a", event("a"), std::nullopt).has_value());
    for (const std::string name : {"../a.ics", "/etc/passwd", "..", "", ".imip-milter.lock"}) {
        INFO(name);
        CHECK(is<Permanent>(s.vdir.store(bob, "a", event("a", "x"), Stored{name, "", ""})));
        CHECK(is<Permanent>(s.vdir.remove(bob, "a", Stored{name, "", ""})));
    }
}

TEST_CASE("events that other programs named are found by their UID and keep their name") {
    Setting s;
    fs::create_directories(s.home);
    write_text(s.home / "Meeting with Carol.ics", event("a"));
    write_text(s.home / ".hidden.ics", event("b"));
    write_text(s.home / "b.txt", event("b"));
    write_text(s.home / "export.ics", event("b") + event("c"));
    const auto found = s.vdir.fetch(bob, "a");
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    CHECK((*found)->name == "Meeting with Carol.ics");
    CHECK((*found)->version == calendar::base::sha256(event("a")));
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
    Setting s;
    fs::create_directories(s.home);
    for (const char* name : {"1.ics", "2.ics", "4.ics", "5.ics"})
        write_text(s.home / name, event("a", "x", false));
    write_text(s.home / "3.ics", event("a"));
    CHECK((*s.vdir.fetch(bob, "a"))->name == "3.ics");
}

TEST_CASE("changes by other programs are seen at once") {
    std::optional<Setting> setting;
    SUBCASE("where the kernel reports them") {
        setting.emplace();
    }
    SUBCASE("where it does not") {
        // As on a network file system, or when there are too many watches.
        const int next = ::dup(0);
        ::close(next);
        struct rlimit old {};
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
        const struct rlimit no_more { static_cast<rlim_t>(next), old.rlim_max };
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &no_more) == 0);
        setting.emplace();
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &old) == 0);
    }
    auto& s = *setting;
    fs::create_directories(s.home);
    const auto name = [&](const char* uid) {
        const auto found = s.vdir.fetch(bob, uid);
        REQUIRE_MESSAGE(found.has_value(), said(found));
        return *found ? (*found)->name : std::string("none");
    };
    CHECK(name("a") == "none");
    write_text(s.home / "x.ics", event("a"));
    CHECK(name("a") == "x.ics");
    fs::rename(s.home / "x.ics", s.home / "y.ics");
    CHECK(name("a") == "y.ics");
    write_text(s.home / "new", event("b"));
    fs::rename(s.home / "new", s.home / "y.ics");
    CHECK(name("a") == "none");
    CHECK(name("b") == "y.ics");
    fs::remove(s.home / "y.ics");
    CHECK(name("b") == "none");
    fs::remove_all(s.home);
    CHECK(name("b") == "none");
    fs::create_directories(s.home);
    write_text(s.home / "z.ics", event("b"));
    CHECK(name("b") == "z.ics");
}

TEST_CASE("looking for unknown events reads every file once only") {
    Setting s;
    fs::create_directories(s.home);
    constexpr int files = 500;
    for (int i = 0; i < files; ++i)
        write_text(s.home / ("n" + std::to_string(i) + ".ics"), event("other" + std::to_string(i)));
    s.rest();
    for (int i = 0; i < 100; ++i)
        CHECK_FALSE(s.vdir.fetch(bob, "unknown" + std::to_string(i))->has_value());
    CHECK(s.vdir.index().files_read() == files);
    for (int i = 0; i < 100; ++i) {
        const auto uid = "new" + std::to_string(i);
        REQUIRE(s.vdir.store(bob, uid, event(uid), std::nullopt).has_value());
    }
    CHECK_FALSE(s.vdir.fetch(bob, "unknown")->has_value());
    CHECK(s.vdir.index().files_read() == files + 100);
    CHECK((*s.vdir.fetch(bob, "other77"))->name == "n77.ics");
}

TEST_CASE("writes do no work that grows with the folder") {
    struct Work {
        std::uint64_t listings, files_read;
        bool operator==(const Work&) const = default;
    };
    const auto work_of = [](int files, bool is_foreign) {
        Setting s;
        fs::create_directories(s.home);
        for (int i = 0; i < files; ++i)
            write_text(s.home / ("n" + std::to_string(i) + ".ics"), event("other" + std::to_string(i)));
        CHECK_FALSE(s.vdir.fetch(bob, "unknown")->has_value());
        const Work before{s.vdir.index().listings(), s.vdir.index().files_read()};
        for (int i = 0; i < 10; ++i) {
            // New, changed, and another one that is removed.
            const auto uid = is_foreign ? "other" + std::to_string(i) : "new" + std::to_string(i);
            const auto first = *s.vdir.fetch(bob, uid);
            CHECK(first.has_value() == is_foreign);
            CHECK(s.vdir.store(bob, uid, event(uid, "1"), first).has_value());
            CHECK(s.vdir.store(bob, uid, event(uid, "2"), *s.vdir.fetch(bob, uid)).has_value());
            CHECK(s.vdir.remove(bob, "other50", **s.vdir.fetch(bob, "other50")).has_value());
            CHECK_FALSE(s.vdir.fetch(bob, "other50")->has_value());
            write_text(s.home / "n50.ics", event("other50"));
        }
        return Work{s.vdir.index().listings() - before.listings, s.vdir.index().files_read() - before.files_read};
    };
    for (const bool is_foreign : {false, true}) {
        CAPTURE(is_foreign);
        const auto few = work_of(100, is_foreign), many = work_of(2000, is_foreign);
        CHECK(many == few);
        CHECK(many.listings == 0);
        CHECK(many.files_read <= 50);
    }
}

TEST_CASE("what others write while we write is not missed") {
    Setting s;
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
    Setting s;
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

TEST_CASE("more changes than are kept, or than the kernel keeps, are a reason to list the folder again") {
    Setting s;
    fs::create_directories(s.home);
    CHECK_FALSE(s.vdir.fetch(bob, "a")->has_value());
    const auto listings = s.vdir.index().listings();
    SUBCASE("files") {
        for (int i = 0; i <= 1000; ++i)
            write_text(s.home / ("n" + std::to_string(i) + ".ics"), event("other" + std::to_string(i)));
    }
    SUBCASE("events") {
        std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
        int most = 0;
        REQUIRE(static_cast<bool>(limit >> most));
        if (most > 100'000) return;
        // Two in turn, since the kernel joins the same events.
        for (int i = 0; i <= most / 2; ++i)
            for (const char* name : {"x", "y"})
                ::close(::open((s.home / name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    write_text(s.home / "z.ics", event("a"));
    CHECK((*s.vdir.fetch(bob, "a"))->name == "z.ics");
    CHECK(s.vdir.index().listings() == listings + 1);
    CHECK((*s.vdir.fetch(bob, "a"))->name == "z.ics");
    CHECK(s.vdir.index().listings() == listings + 1);
}

TEST_CASE("the index has limits") {
    tests::TemporaryFolder folder;
    const auto make = [&](const std::string& name, int files) {
        const auto path = folder.path() / name;
        fs::create_directories(path);
        for (int i = 0; i < files; ++i)
            write_text(path / ("n" + std::to_string(i) + ".ics"), event("e" + std::to_string(i)));
        fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::minutes(1));
        return path.string();
    };
    const auto ask = [](VdirIndex& index, const std::string& path) {
        const auto fd = open_folder(path);
        REQUIRE(fd.has_value());
        return index.names(*fd, path, "e0", Deadline::max());
    };
    SUBCASE("what cannot be read in time is read on by the next call") {
        constexpr int files = 3000;
        const auto path = make("d", files);
        const auto fd = open_folder(path);
        REQUIRE(fd.has_value());
        VdirIndex index(1024);
        const auto within = [&](std::chrono::microseconds time) {
            return index.names(*fd, path, "e0", std::chrono::steady_clock::now() + time);
        };
        CHECK(is<Temporary>(within(0us)));
        CHECK(index.files_read() == 0);
        int calls = 1;
        while (!within(calls * 1ms) && calls < files)
            ++calls;
        CHECK(calls > 1);
        CHECK(index.files_read() == files);
        CHECK(within(0us)->size() == 1);  // now nothing has to be read
    }
    const auto a = make("a", 5), b = make("b", 5), c = make("c", 6);
    SUBCASE("as many files as allowed, and one more") {
        VdirIndex index(1024, 5, 100);
        CHECK(ask(index, a).has_value());
        const auto got = ask(index, c);
        CHECK_MESSAGE(is<Temporary>(got), said(got));
    }
    SUBCASE("the longest unused folder is forgotten") {
        VdirIndex index(1024, 100, 14);
        for (const auto* path : {&a, &b, &b, &a})
            CHECK(ask(index, *path)->size() == 1);
        CHECK(index.files_read() == 10);
        CHECK(ask(index, c)->size() == 1);  // now b and a go
        CHECK(ask(index, c)->size() == 1);
        CHECK(index.files_read() == 16);
        CHECK(ask(index, b)->size() == 1);
        CHECK(index.files_read() == 21);
    }
    SUBCASE("what is counted is what is kept, whoever forgets what others use") {
        VdirIndex index(1024, 100, 1);  // room for one folder at a time
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&, i] {
                for (int j = 0; j < 300; ++j) {
                    const auto& path = j % 2 == 0 ? (i % 2 == 0 ? a : b) : c;
                    const auto fd = open_folder(path);
                    if (fd) std::ignore = index.names(*fd, path, "e0", Deadline::max());
                }
            });
        for (auto& each : threads)
            each.join();
        CHECK(ask(index, c)->size() == 1);
        CHECK(index.kept() == 7);
    }
}

TEST_CASE("what is no regular file of ours is not followed, waited for or overwritten") {
    Setting s;
    fs::create_directories(s.home);
    const auto outside = s.folder.path() / "outside.ics";
    write_text(outside, event("a"));
    SUBCASE("a symbolic link under the event's name") {
        fs::create_symlink(outside, s.home / "a.ics");
        CHECK(is<Permanent>(s.vdir.fetch(bob, "a")));
        CHECK(is<Permanent>(s.vdir.store(bob, "a", event("a", "x"), std::nullopt)));
        CHECK(is<Permanent>(
            s.vdir.store(bob, "a", event("a", "x"), Stored{"a.ics", calendar::base::sha256(event("a")), ""})));
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

TEST_CASE("the largest object and one byte more") {
    constexpr std::size_t mib = 1024 * 1024;
    CHECK(ObjectLimits{1}.object() == 2 * mib);
    ObjectLimits limits;
    SUBCASE("by default") {}
    SUBCASE("with the largest part that a configuration lets in") {
        limits.calendar_part = 16 * mib;
    }
    const std::size_t most = limits.object();
    CHECK(most == 2 * limits.calendar_part);
    Setting s;
    Vdir vdir({(s.folder.path() / "calendars/{user}/default").string()}, limits);
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
    REQUIRE(vdir.store(bob, "a", largest, std::nullopt).has_value());
    CHECK((*vdir.fetch(bob, "a"))->content == largest);
    CHECK(is<Permanent>(vdir.store(bob, "b", padded(most + 1), std::nullopt)));
    write_text(s.home / "a.ics", padded(most + 1));
    CHECK(is<Permanent>(vdir.fetch(bob, "a")));
}

TEST_CASE("repeating a store that worked is harmless") {
    Setting s;
    REQUIRE(s.vdir.store(bob, "a", event("a", "1"), std::nullopt).has_value());
    CHECK(s.vdir.store(bob, "a", event("a", "1"), std::nullopt).has_value());
    const auto before = *s.vdir.fetch(bob, "a");
    REQUIRE(s.vdir.store(bob, "a", event("a", "2"), before).has_value());
    CHECK(s.vdir.store(bob, "a", event("a", "2"), before).has_value());
}

TEST_CASE("what a crash left behind does not disturb, and a replaced file keeps its mode") {
    Setting s;
    fs::create_directories(s.home);
    write_text(s.home / ".imip-milter.tmp", "BEGIN:VCAL");
    CHECK_FALSE(s.vdir.fetch(bob, "a")->has_value());
    REQUIRE(s.vdir.store(bob, "a", event("a"), std::nullopt).has_value());
    CHECK_FALSE(fs::exists(s.home / ".imip-milter.tmp"));
    fs::permissions(s.home / "a.ics", fs::perms(0604));
    REQUIRE(s.vdir.store(bob, "a", event("a", "2"), *s.vdir.fetch(bob, "a")).has_value());
    CHECK(fs::status(s.home / "a.ics").permissions() == fs::perms(0604));
}

TEST_CASE("trouble with the disk is temporary and leaves nothing behind") {
    Setting s;
    REQUIRE(s.vdir.store(bob, "a", event("a", "1"), std::nullopt).has_value());
    const auto before = *s.vdir.fetch(bob, "a");
    SUBCASE("a file where a folder should be") {
        Vdir other{VdirOptions{(s.home / "a.ics/{user}").string()}};
        const auto got = other.store(bob, "b", event("b"), std::nullopt);
        CHECK_MESSAGE(is<Temporary>(got), said(got));
    }
    SUBCASE("no room to write") {
        // The kernel refuses to grow a file past this limit just as it does on a full disk, halfway.
        struct rlimit old {};
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit small { 100, old.rlim_max };
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
        const auto replaced = s.vdir.store(bob, "a", event("a", "2"), before);
        const auto created = s.vdir.store(bob, "b", event("b"), std::nullopt);
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &old) == 0);
        std::signal(SIGXFSZ, handler);
        CHECK_MESSAGE(is<Temporary>(replaced), said(replaced));
        CHECK_MESSAGE(is<Temporary>(created), said(created));
        CHECK(said(created).find("File too large") != std::string::npos);
    }
    SUBCASE("no file descriptor left to read what may be the event") {
        fs::rename(s.home / "a.ics", s.home / "b.ics");
        const int next = ::dup(0);
        ::close(next);
        struct rlimit old {};
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
        const struct rlimit one_more { static_cast<rlim_t>(next) + 1, old.rlim_max };
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &one_more) == 0);
        const auto got = s.vdir.fetch(bob, "a");
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &old) == 0);
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

TEST_CASE("many writers: every change is made on what was there, none is lost") {
    Setting s;
    constexpr int writers = 4, changes = 25;
    std::atomic<int> troubles{0};
    std::atomic<int> tries{0};
    const auto work = [&] {
        Vdir own{VdirOptions{(s.folder.path() / "calendars/{user}/default").string()}};
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
