#include <doctest/doctest.h>

#include "calendar/delivery/job.h"
#include "policy/memory/memory.h"
#include "tests/support/process.h"

using calendar::delivery::State;
using calendar::delivery::Time;
using calendar::itip::Address;
using policy::memory::Memory;
using policy::memory::Observation;
using namespace std::chrono_literals;

namespace {

struct Place {
    tests::TemporaryFolder folder;
    std::string url() const { return "sqlite:" + (folder.path() / "state.db").native(); }
};

const Time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 12h};
const Memory::Bounds few{24h, 3};

Address person(const std::string& name) {
    return *Address::parse(name + "@example.org");
}

}  // namespace

TEST_CASE("what a user sends is remembered of him and of nobody else") {
    const Place place;
    State state(place.url());
    Memory memory(state);
    memory.learn({"bob", {"e1"}, {person("carol"), person("dave")}}, few, noon);
    memory.learn({"bob", {}, {person("carol")}}, few, noon);
    CHECK(memory.knows_event("bob", "e1"));
    CHECK_FALSE(memory.knows_event("bob", "e2"));
    CHECK_FALSE(memory.knows_event("alice", "e1"));
    CHECK(memory.messages("bob", person("carol")) == 2);
    CHECK(memory.messages("bob", person("dave")) == 1);
    CHECK(memory.messages("bob", person("erin")) == 0);
    CHECK(memory.messages("alice", person("carol")) == 0);
}

TEST_CASE("it outlives the program") {
    const Place place;
    {
        State state(place.url());
        Memory(state).learn({"bob", {"e1"}, {person("carol")}}, few, noon);
    }
    State state(place.url());
    const Memory memory(state);
    CHECK(memory.knows_event("bob", "e1"));
    CHECK(memory.messages("bob", person("carol")) == 1);
}

TEST_CASE("of each user only so many are kept, and the oldest go first") {
    const Place place;
    State state(place.url());
    Memory memory(state);
    for (int i = 0; i < 5; ++i)
        memory.learn({"bob", {"e" + std::to_string(i)}, {person("p" + std::to_string(i))}}, few,
                     noon + std::chrono::seconds(i));
    memory.learn({"alice", {"e0"}, {person("p0")}}, few, noon);
    for (int i = 0; i < 5; ++i) {
        CAPTURE(i);
        CHECK(memory.knows_event("bob", "e" + std::to_string(i)) == (i >= 2));
        CHECK((memory.messages("bob", person("p" + std::to_string(i))) == 1) == (i >= 2));
    }
    CHECK(memory.knows_event("alice", "e0"));
}

TEST_CASE("what happened last too long ago is forgotten") {
    const Place place;
    State state(place.url());
    Memory memory(state);
    memory.learn({"bob", {"old", "again"}, {person("old"), person("again")}}, few, noon);
    memory.learn({"bob", {"again"}, {person("again")}}, few, noon + 20h);
    memory.expire(few, noon + 25h);
    CHECK_FALSE(memory.knows_event("bob", "old"));
    CHECK(memory.knows_event("bob", "again"));
    CHECK(memory.messages("bob", person("old")) == 0);
    CHECK(memory.messages("bob", person("again")) == 2);
    memory.expire({24h * 400, 0}, noon + 25h);
    CHECK_FALSE(memory.knows_event("bob", "again"));
}
