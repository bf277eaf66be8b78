#include <filesystem>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "calendar/delivery/state/writer.h"
#include "tests/calendar/delivery/state/place.h"

using calendar::delivery::Database;
using calendar::delivery::Writer;
using tests::Place;
using tests::texts;
namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

/// While it lives this program has no rights over files but their owner's: root would write them all the same.
struct Reader {
    Reader() {
        if (::getuid() == 0) REQUIRE(::seteuid(nobody) == 0);
    }
    ~Reader() { [[maybe_unused]] const auto back = ::seteuid(::getuid()); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
};
void give_to_reader(const fs::path& file, unsigned mode) {
    if (::getuid() == 0) REQUIRE(::chown(file.c_str(), nobody, static_cast<gid_t>(-1)) == 0);
    fs::permissions(file, fs::perms(mode));
}

}  // namespace

TEST_CASE("a state that may only be read is refused at the start, and not when the first mail comes") {
    const Place before, place;
    {
        Writer writer(before.url);
        writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT)"); });
        fs::copy(before.folder.path(), place.folder.path());  // with the log, as a crash leaves it
    }
    for (const auto& each : fs::directory_iterator(place.folder.path()))
        give_to_reader(each, 0400);
    give_to_reader(place.folder.path(), 0500);
    {
        const Reader reader;
        CHECK_THROWS_WITH_AS(Writer(place.url), doctest::Contains("readonly database"), std::runtime_error);
    }
    for (const auto& each : fs::directory_iterator(place.folder.path()))
        give_to_reader(each, 0600);
    give_to_reader(place.folder.path(), 0700);
    const Reader reader;
    Writer(place.url).write([](Database& database) { database.run("DROP TABLE t"); });
}

TEST_CASE("nothing is written into a file that is no longer at its path") {
    const Place place;
    Writer writer(place.url);
    writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT PRIMARY KEY)"); });
    const auto away = place.folder.path() / "away.db";
    fs::rename(place.file, away);
    SUBCASE("it was removed") {}
    SUBCASE("another took its place") {
        fs::copy_file(away, place.file);
    }
    const std::string wanted =
        "state '" + place.file.string() +
        "': the file was removed or replaced while this program had it open; restart the program";
    bool worked = false;
    CHECK_THROWS_WITH_AS(writer.write([&worked](Database&) { worked = true; }), wanted.c_str(), std::runtime_error);
    CHECK_FALSE(worked);
    fs::rename(away, place.file);
    writer.write([&worked](Database&) { worked = true; });
    CHECK(worked);
}

TEST_CASE("one bad part of a group does not hurt the others") {
    const Place place;
    Writer writer(place.url);
    writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT PRIMARY KEY)"); });
    const auto insert = [&writer](const std::string& text) {
        writer.write([&text](Database& database) {
            database.run("INSERT INTO t (a) VALUES (:a)", {text});
            if (text == "bad") throw std::logic_error("a bad part");
        });
    };
    // The writer is held up until all others wait, so that they are one group.
    std::promise<void> entered, hold;
    auto held = std::async(std::launch::async, [&] {
        writer.write([&](Database&) {
            entered.set_value();
            hold.get_future().wait();
        });
    });
    entered.get_future().wait();
    std::vector<std::future<void>> parts;
    for (const auto* each : {"one", "bad", "two", "one"})
        parts.push_back(std::async(std::launch::async, [&insert, each] { insert(each); }));
    while (writer.waiting() < parts.size())
        std::this_thread::yield();
    hold.set_value();
    held.get();
    int failed = 0, broken = 0;
    for (auto& part : parts) {
        try {
            part.get();
        } catch (const std::logic_error& error) {
            CHECK(std::string(error.what()) == "a bad part");
            ++broken;
        } catch (const std::runtime_error&) {
            ++failed;  // one of the two "one"
        }
    }
    CHECK(broken == 1);
    CHECK(failed == 1);
    Database reader(place.url);
    CHECK(texts(reader, "SELECT a FROM t ORDER BY a") == std::vector<std::string>{"one", "two"});
}
