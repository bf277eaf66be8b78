#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/base/threads/pool.h"
#include "tests/support/deadline.h"

using namespace calendar::base;
using namespace std::chrono_literals;
using tests::in;

namespace {

using Owner = std::unique_ptr<int>;

/// Lends a place and leaves `value` in it.
void leave(Pool<Owner>& pool, int value) {
    auto loan = pool.borrow(in(10s));
    REQUIRE(loan);
    loan->owner = std::make_unique<int>(value);
}

}  // namespace

TEST_CASE("what a borrower leaves is there for the next, and what broke is not") {
    Pool<Owner> pool(2);
    leave(pool, 1);
    {
        auto loan = pool.borrow(in(10s));
        REQUIRE(loan);
        REQUIRE(loan->owner);
        CHECK(*loan->owner == 1);
        loan->owner.reset();
    }
    auto loan = pool.borrow(in(10s));
    REQUIRE(loan);
    CHECK_FALSE(loan->owner);
}

TEST_CASE("no more are lent than there are places, within the deadline") {
    Pool<Owner> pool(2);
    auto first = pool.borrow(in(10s));
    const auto second = pool.borrow(in(10s));
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(pool.borrow(in(20ms)));
    CHECK_FALSE(pool.borrow(in(-1s)));
    SUBCASE("a loan that is moved counts once") {
        auto moved = std::move(*first);
        first.reset();
        CHECK_FALSE(pool.borrow(in(-1s)));
    }
    SUBCASE("one that is given back wakes whoever waits") {
        const auto start = std::chrono::steady_clock::now();
        std::thread giver([&first] {
            std::this_thread::sleep_for(50ms);
            first.reset();
        });
        CHECK(pool.borrow(in(20s)));
        CHECK(std::chrono::steady_clock::now() - start < 10s);
        giver.join();
    }
}

TEST_CASE("what was not used for too long is not lent") {
    auto time = std::make_shared<Deadline>();
    Pool<Owner> pool(2, 60s, [time] { return *time; });
    leave(pool, 1);
    *time += 60s;
    CHECK(pool.borrow(in(10s))->owner);
    *time += 60s + 1ns;
    CHECK_FALSE(pool.borrow(in(10s))->owner);
}

TEST_CASE("a loan may outlive its pool") {
    auto pool = std::make_unique<Pool<Owner>>(1);
    auto loan = pool->borrow(in(10s));
    REQUIRE(loan);
    pool.reset();
    loan->owner = std::make_unique<int>(1);
    loan.reset();
}

TEST_CASE("threads share one pool: each place has one borrower at a time") {
    Pool<Owner> pool(3);
    std::atomic<int> lent{0};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 500; ++j) {
                auto loan = pool.borrow(in(20s));
                if (!loan || ++lent > 3) ++wrong;
                if (loan && !loan->owner) loan->owner = std::make_unique<int>(0);
                if (loan) ++*loan->owner;
                --lent;
            }
        });
    for (auto& each : threads)
        each.join();
    CHECK(wrong == 0);
    int uses = 0;
    std::vector<Pool<Owner>::Loan> all;
    for (int i = 0; i < 3; ++i) {
        all.push_back(std::move(*pool.borrow(in(10s))));
        uses += all.back().owner ? *all.back().owner : 0;
    }
    CHECK(uses == 8 * 500);
}
