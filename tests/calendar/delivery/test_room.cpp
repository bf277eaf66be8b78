#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/courier.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;
using Setting = KeptSetting;
using As = JobResult::State;

namespace {

/// Whether there is room for all that the limit allows. Where counting took long, it is not done again at once.
bool reserved_soon(Queue& queue, std::size_t limit) {
    for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end;) {
        if (queue.reserve(Kept::undecided, limit, limit)) return true;
        std::this_thread::sleep_for(5ms);
    }
    return false;
}

}  // namespace

TEST_CASE("what is undecided and what is held is counted with all that it needs") {
    Setting setting;
    CHECK(setting.bytes(Kept::undecided) == 0);
    const auto undecided = setting.job("1", false), decided = setting.job("2", true);
    auto held = setting.job("3", true);
    held.held = true;
    setting.commit({undecided, decided});
    const auto all = setting.content.text.size() + setting.mail.text.size() + Queue::bytes_of(undecided);
    CHECK(setting.bytes(Kept::undecided) == all);
    CHECK(setting.bytes(Kept::held) == 0);
    setting.commit({held});
    CHECK(setting.bytes(Kept::held) == setting.content.text.size() + Queue::bytes_of(held));
    setting.settle("1", As::done);
    CHECK(setting.bytes(Kept::undecided) == 0);
}

TEST_CASE("room is reserved up to the limit, and what is settled makes room") {
    Setting setting;
    CHECK(setting.queue.reserve(Kept::undecided, 100, 100));
    CHECK_FALSE(setting.queue.reserve(Kept::undecided, 1, 100));
    CHECK_MESSAGE(setting.queue.reserve(Kept::held, 100, 100), "each has its own");
    CHECK_FALSE_MESSAGE(setting.queue.reserve(Kept::held, 101, 100), "more than there is in all");

    setting.settle("none", As::done);  // nothing was committed of that: it is counted again
    const auto job = setting.job("1", false);
    const auto all = setting.content.text.size() + setting.mail.text.size() + Queue::bytes_of(job);
    CHECK(reserved_soon(setting.queue, all));
    setting.commit({job});
    CHECK_FALSE(setting.queue.reserve(Kept::undecided, 1, all));
    CHECK(setting.queue.reserve(Kept::undecided, 1, all + 1));
    setting.settle("1", As::done);
    CHECK(reserved_soon(setting.queue, all));
}

TEST_CASE("what was there at the start counts") {
    Setting setting;
    setting.commit({setting.job("1", false)});
    const auto there = setting.bytes(Kept::undecided);
    Queue after_start(setting.state);
    CHECK_FALSE(after_start.reserve(Kept::undecided, 1, there));
}

TEST_CASE("what is reserved counts while all is counted again, and until then when it is over") {
    Setting setting;
    auto& queue = setting.queue;
    auto first = queue.reserve(Kept::undecided, 100, 200);
    REQUIRE(first);
    setting.settle("none", As::done);  // it is counted again when something does not fit
    CHECK_FALSE(queue.reserve(Kept::undecided, 101, 200));
    auto second = queue.reserve(Kept::undecided, 100, 200);
    CHECK(second);
    CHECK_FALSE(queue.reserve(Kept::undecided, 1, 200));
    first.reset();
    second.reset();
    CHECK_FALSE_MESSAGE(queue.reserve(Kept::undecided, 1, 200), "it may be there");
    setting.settle("none", As::done);
    CHECK_MESSAGE(reserved_soon(queue, 200), "nothing was committed");
}

TEST_CASE("one domain may take a tenth of the room for what is held") {
    Setting setting;
    auto& queue = setting.queue;
    auto held = setting.job("1", true);
    held.held = true;
    held.input.sender = calendar::itip::Address::parse("a@mail.x.org");
    const auto bytes = setting.content.text.size() + Queue::bytes_of(held), limit = 10 * bytes;
    {
        const auto room = queue.reserve(Kept::held, bytes, limit, "x.org");
        CHECK(room);
        CHECK_FALSE(queue.reserve(Kept::held, 1, limit, "x.org"));
        setting.commit({held});
    }
    CHECK_FALSE_MESSAGE(queue.reserve(Kept::held, 1, limit, "x.org"), "its addresses are one");
    CHECK_FALSE_MESSAGE(queue.reserve(Kept::held, bytes + 1, limit, "y.org"), "more than a tenth");
    CHECK(queue.reserve(Kept::held, bytes, limit, "y.org"));
    CHECK_FALSE_MESSAGE(Queue(setting.state).reserve(Kept::held, 1, limit, "x.org"), "it was there at the start");
    std::vector<Reservation> others;
    for (int i = 0; i < 20; ++i)
        others.push_back(queue.reserve(Kept::held, bytes, limit, std::to_string(i) + ".org"));
    CHECK_MESSAGE(std::ranges::count(others, nullptr) == 12, "all together have no more than there is");
    others.clear();
    setting.settle("1", As::done);
    CHECK(queue.reserve(Kept::held, bytes, limit, "x.org"));
}

TEST_CASE("what is held late counts with all that it needs, up to the limit") {
    struct Case {
        std::string name;
        bool decided;
    };
    for (const Case& c : {Case{"a late decision", false}, Case{"an uninvited answer", true}})
        for (const std::size_t missing : {0, 1}) {
            INFO(c.name);
            CAPTURE(missing);
            Setting setting;
            setting.world.late.kind = DeferredDecision::Kind::hold;
            setting.world.engine = [](auto input) {
                input.message = "crash";
                return fake_apply(input);
            };
            auto job = setting.job("1", c.decided);
            job.input.options.party_crashers = calendar::itip::Options::PartyCrashers::hold;
            setting.commit({job});
            setting.world.held_bytes = Room::domains * (setting.content.text.size() + Queue::bytes_of(job) - missing);
            const Courier courier(setting.queue, setting.world, 1);
            REQUIRE(setting.world.wait_for_reports(1));
            CHECK(setting.queue.counts().held == 1 - missing);
            const auto row = setting.queue.audit(1).at(0);
            CHECK(row.event == (missing == 0 ? "held" : "left"));
            if (missing == 0) continue;
            CHECK(row.outcome == "ignored");
            CHECK(row.detail == full_detail(Kept::held));
            CHECK(setting.kept().empty());
        }
}
