#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/state/database.h"
#include "calendar/delivery/state/writer.h"
#include "tests/support/process.h"

using calendar::delivery::Database;
using calendar::delivery::Writer;
using namespace std::chrono_literals;

namespace {

/// A writer and, as another program would be, a second connection.
struct Setting {
    tests::TemporaryFolder folder;
    std::string url = "sqlite:" + (folder.path() / "state.db").string();
    Writer writer{url};
    Database other{url};

    static constexpr auto patience = 200ms;
    static constexpr auto until_all_wait = 3s;  // all callers must have come in this time
    static constexpr int callers = 25;

    void write(const Writer::Work& work, std::chrono::milliseconds within = patience) {
        writer.write(work, Database::Durable::at_once, std::chrono::steady_clock::now() + within);
    }
    /// Called at once from this many threads, all while `during` holds the writer up; what became of each.
    std::vector<std::string> write_all(const Writer::Work& during) {
        std::promise<void> entered, hold;
        auto first = std::async(std::launch::async, [&] {
            writer.write([&](Database&) {
                entered.set_value();
                hold.get_future().wait();
            });
        });
        entered.get_future().wait();
        std::vector<std::future<void>> parts;
        for (int i = 0; i < callers; ++i) {
            parts.push_back(std::async(std::launch::async, [this, &during] { write(during, until_all_wait); }));
            while (writer.waiting() < parts.size() && parts.back().wait_for(0s) != std::future_status::ready)
                std::this_thread::yield();
        }
        hold.set_value();
        first.get();
        std::vector<std::string> results;
        for (auto& part : parts) {
            try {
                part.get();
                results.emplace_back("written");
            } catch (const std::exception& error) {
                results.emplace_back(error.what());
            }
        }
        return results;
    }
};

}  // namespace

TEST_CASE("those who come while another program keeps the lock wait for it once, together") {
    Setting setting;
    setting.other.begin();
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::future<void>> parts;
    for (int i = 0; i < Setting::callers; ++i)
        parts.push_back(std::async(std::launch::async, [&setting] { setting.write([](Database&) {}); }));
    for (auto& part : parts)
        CHECK_THROWS_AS(part.get(), std::runtime_error);
    CHECK(std::chrono::steady_clock::now() - start < Setting::callers * Setting::patience);
    setting.other.rollback();
    setting.writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT)"); });
}

TEST_CASE("who has little time does not wait for the lock as long as who has more, and takes no time from them") {
    Setting setting;
    setting.other.begin();
    auto patient = std::async(std::launch::async, [&setting] { setting.write([](Database&) {}, 1min); });
    while (setting.writer.waiting() < 1)
        std::this_thread::yield();
    CHECK_THROWS_WITH_AS(setting.write([](Database&) {}), doctest::Contains("it was busy for too long"),
                         std::runtime_error);
    setting.other.rollback();
    patient.get();
    setting.other.begin();
    auto hasty = std::async(std::launch::async, [&setting] { setting.write([](Database&) {}); });
    while (setting.writer.waiting() < 1)
        std::this_thread::yield();
    patient = std::async(std::launch::async, [&setting] { setting.write([](Database&) {}, 1min); });
    CHECK_THROWS_WITH_AS(hasty.get(), doctest::Contains("database is locked"), std::runtime_error);
    setting.other.rollback();
    patient.get();
}

TEST_CASE("a lock that another program takes while the parts of a group are done alone stops the rest at once") {
    Setting setting;
    const auto start = std::chrono::steady_clock::now();
    const auto results = setting.write_all([&setting](Database& database) {
        database.rollback();
        setting.other.begin();
        throw std::logic_error("a bad part");
    });
    CHECK(results.size() == Setting::callers);
    for (const auto& result : results)
        CHECK((result.ends_with("database is locked") || result.ends_with("it was busy for too long")));
    CHECK(std::chrono::steady_clock::now() - start < Setting::callers * Setting::until_all_wait);
    setting.other.rollback();
    setting.writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT)"); });
}

TEST_CASE("what cannot be committed is the trouble of the whole group, and none of it is done again") {
    Setting setting;
    int runs = 0;
    const auto results = setting.write_all([&runs](Database& database) {
        ++runs;
        if (runs == 1) database.rollback();  // then there is nothing to commit
    });
    for (const auto& result : results)
        CHECK(result.ends_with("cannot commit - no transaction is active"));
    CHECK(runs == Setting::callers);
}
