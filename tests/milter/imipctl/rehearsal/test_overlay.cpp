#include <doctest/doctest.h>

#include "milter/imipctl/rehearsal/overlay.h"
#include "tests/support/process.h"

using calendar::base::Deadline;
using calendar::base::Owner;
using milter::imipctl::Overlay;

namespace {

const Owner bob{"bob", "bob@example.com"}, alice{"alice", "alice@example.com"};

std::string content(calendar::connectors::Connector& calendar, const Owner& owner, const std::string& uid) {
    const auto found = calendar.fetch(owner, uid, Deadline::max());
    REQUIRE(found);
    return *found ? (**found).content : "none";
}

std::string event(const std::string& summary) {
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:e1\r\nDTSTAMP:"
           "20260101T000000Z\r\nSUMMARY:" +
           summary + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

}  // namespace

TEST_CASE("what is written over a calendar is seen through the overlay, and nowhere else") {
    const tests::TemporaryFolder folder;
    const std::shared_ptr<calendar::connectors::Connector> below =
        calendar::connectors::make_connector(calendar::connectors::VdirOptions{folder.path().native() + "/{user}"});
    REQUIRE(below->store(bob, "e1", event("real"), std::nullopt));
    Overlay overlay(below);
    CHECK(overlay.immediate());
    CHECK(content(overlay, bob, "e1") == event("real"));
    CHECK(content(overlay, bob, "e2") == "none");

    const auto before = overlay.fetch(bob, "e1", Deadline::max());
    REQUIRE(overlay.store(bob, "e1", event("changed"), *before));
    REQUIRE(overlay.store(bob, "e2", event("new"), std::nullopt));
    CHECK(content(overlay, bob, "e1") == event("changed"));
    CHECK(content(overlay, bob, "e2") == event("new"));
    CHECK(content(overlay, alice, "e2") == "none");

    REQUIRE(overlay.remove(bob, "e1", **before));
    CHECK(content(overlay, bob, "e1") == "none");
    CHECK(content(*below, bob, "e1") == event("real"));
    CHECK(content(*below, bob, "e2") == "none");
}
