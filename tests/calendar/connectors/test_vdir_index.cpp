#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/calendar/connectors/vdir_setting.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("looking for unknown events reads every file once only") {
    VdirSetting s;
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
        VdirSetting s;
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

TEST_CASE("more changes than are kept, or than the kernel keeps, are a reason to list the folder again") {
    VdirSetting s;
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
    TemporaryFolder folder;
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
