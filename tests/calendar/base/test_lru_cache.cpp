#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/base/lru_cache.h"

using namespace calendar::base;
using namespace std::chrono_literals;

namespace {

using Cache = LruCache<std::string, int>;

/// A clock that a test moves.
struct TestClock {
    std::shared_ptr<Deadline> time = std::make_shared<Deadline>();
    Deadline operator()() const { return *time; }
};

/// Which of these keys are found, in their order; asking does not count as use by anybody else than this.
std::string found(Cache& cache, const std::string& keys) {
    std::string text;
    for (const char key : keys)
        if (cache.find(std::string(1, key))) text += key;
    return text;
}

}  // namespace

TEST_CASE("beyond the number of values the least recently used goes first") {
    Cache cache(3);
    for (const char* key : {"a", "b", "c"})
        cache.put(key, 1);
    CHECK(found(cache, "abc") == "abc");
    SUBCASE("the oldest") {
        cache.put("d", 1);
        CHECK(found(cache, "abcd") == "bcd");
    }
    SUBCASE("finding is use") {
        CHECK(cache.find("a") == 1);
        cache.put("d", 1);
        CHECK(found(cache, "abcd") == "acd");
    }
    SUBCASE("finding or putting is use") {
        CHECK(cache.find_or_put("a", [] { return 2; }) == 1);
        CHECK(cache.find_or_put("d", [] { return 4; }) == 4);
        CHECK(found(cache, "abcd") == "acd");
    }
    SUBCASE("a new value of a key takes the place of the old one") {
        cache.put("a", 2);
        CHECK(cache.size() == 3);
        CHECK(cache.find("a") == 2);
        cache.put("d", 1);
        CHECK(found(cache, "abcd") == "acd");
    }
    CHECK(cache.size() == 3);
}

TEST_CASE("a value is found until it expires, and not from then on") {
    const TestClock clock;
    Cache cache(10, Cache::unlimited, clock);
    cache.put("a", 1, *clock.time + 10s);
    cache.put("forever", 1);
    *clock.time += 10s - 1ns;
    CHECK(cache.find("a") == 1);
    *clock.time += 1ns;
    CHECK_FALSE(cache.find("a").has_value());
    CHECK(cache.find("forever") == 1);
    cache.put("a", 2, *clock.time + 10s);
    CHECK(cache.find("a") == 2);
}

TEST_CASE("all together weigh no more than the bound") {
    Cache cache(100, 10);
    cache.put("a", 1, Deadline::max(), 4);
    cache.put("b", 1, Deadline::max(), 6);
    CHECK(found(cache, "ab") == "ab");
    CHECK(cache.weight() == 10);
    SUBCASE("a byte more and the oldest goes") {
        cache.put("c", 1, Deadline::max(), 1);
        CHECK(found(cache, "abc") == "bc");
        CHECK(cache.weight() == 7);
    }
    SUBCASE("the weight of a value that is replaced does not count any more") {
        cache.put("a", 2, Deadline::max(), 3);
        CHECK(found(cache, "ab") == "ab");
        CHECK(cache.weight() == 9);
    }
    SUBCASE("one that is too heavy stays alone") {
        cache.put("c", 1, Deadline::max(), 11);
        CHECK(found(cache, "abc") == "c");
        CHECK(cache.weight() == 11);
    }
}

TEST_CASE("threads share one cache, and its bounds hold") {
    LruCache<int, int> cache(50, 100);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int key = 0; key < 2'000; ++key) {
                if (cache.find_or_put(key % 100, [key] { return key % 100; }) != key % 100) ++wrong;
                cache.put(key % 100, key % 100, Deadline::max(), 3);
                if (const auto value = cache.find(key % 100); value && *value != key % 100) ++wrong;
            }
        });
    for (auto& each : threads)
        each.join();
    CHECK(wrong == 0);
    CHECK(cache.weight() <= 100);
    CHECK(cache.size() <= 50);
}
