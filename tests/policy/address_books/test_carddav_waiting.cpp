#include <condition_variable>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

#include "tests/policy/address_books/carddav_stub.h"
#include "tests/support/process.h"

using namespace tests::carddav;

namespace {

/// A server that holds its answers to PROPFIND back for as long as it is told to.
class Slow {
  public:
    Slow()
        : http_([this](const HttpRequest& request) {
              if (request.method != "PROPFIND") return cards("carol@example.org");
              std::unique_lock lock(mutex_);
              ++asked_;
              changed_.notify_all();
              changed_.wait_for(lock, 30s, [this] { return !held_; });
              return state("<cs:getctag>1</cs:getctag>");
          }) {}

    void hold(bool on) {
        const std::lock_guard lock(mutex_);
        held_ = on;
        changed_.notify_all();
    }
    /// False: it was not asked so often within that time.
    bool asked(int times, std::chrono::milliseconds within = 20s) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, within, [this, times] { return asked_ >= times; });
    }
    CarddavOptions options(std::chrono::seconds refresh) const {
        CarddavOptions options;
        options.url = http_.url() + "/{user}/";
        options.refresh = refresh;
        return options;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
    int asked_ = 0;
    StubHttp http_;
};

}  // namespace

TEST_CASE("without a copy one asks, and the others wait, each until its own deadline") {
    Slow server;
    server.hold(true);
    const auto book = make_carddav_book(server.options(900s));
    std::vector<std::string> got(8);
    std::vector<std::thread> threads;
    for (auto& each : got)
        threads.emplace_back([&each, &book] { each = ask(*book, "carol@example.org"); });
    CHECK(server.asked(1));
    CHECK_FALSE(server.asked(2, 300ms));
    CHECK(ask(*book, "carol@example.org", "bob", 100ms).ends_with("/bob/: no reply in time"));
    std::thread alice([&book] { CHECK(ask(*book, "carol@example.org", "alice") == "yes"); });
    CHECK(server.asked(2));
    const auto start = Clock::now();
    server.hold(false);
    for (auto& each : threads)
        each.join();
    alice.join();
    CHECK(Clock::now() - start < 10s);  // woken, not only let go by their deadlines
    for (const auto& each : got)
        CHECK(each == "yes");
    CHECK_FALSE(server.asked(3, 0ms));
}

TEST_CASE("with an old copy one asks, and the others go on with it") {
    Slow server;
    const auto book = make_carddav_book(server.options(1s));
    CHECK(ask(*book, "carol@example.org") == "yes");
    server.hold(true);
    std::thread asker([&] {
        CHECK(ask_until([&](const auto&) { return server.asked(2, 0ms); }, *book, "carol@example.org") == "yes");
    });
    CHECK(server.asked(2));
    const auto start = Clock::now();
    CHECK(ask(*book, "carol@example.org") == "yes");
    CHECK(ask(*book, "mallory@example.org") == "no");
    CHECK(Clock::now() - start < 10s);
    CHECK_FALSE(server.asked(3, 0ms));
    server.hold(false);
    asker.join();
}
