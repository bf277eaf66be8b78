#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/itip/read/stored_object.h"
#include "calendar/itip/text/limits.h"
#include "policy/config/config.h"
#include "tests/support/process.h"

namespace {

/// The configuration with these `limits:`.
auto with(const std::string& limits) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "limits.yaml";
    tests::write_text(file, "limits: {" + limits +
                                "}\nusers: [{domain: {domains: [example.com]}}]\n"
                                "backends: {default: {type: vdir, path: 'x/{user}'}}\npolicy: []\n");
    return policy::config::read_config(file);
}

std::string event_with(std::size_t attendees, const std::string& alarms = "") {
    std::string text =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n";
    for (std::size_t i = 0; i < attendees; ++i)
        text += fmt::format("ATTENDEE:mailto:a{}@example.org\r\n", i);
    return text + alarms + "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

}  // namespace

TEST_CASE("what the limits let in can be stored, with as much again of the owner's") {
    const auto most = with("calendar_part: 5MiB, components: 2000, attendees: 4000");
    REQUIRE(most);
    CHECK(2 * most->limits.calendar_part <= calendar::itip::stored_limits.bytes);
    const auto stored = calendar::itip::describe(event_with(2 * most->limits.attendees - 100));
    REQUIRE(stored);
    CHECK(stored->attendees.size() == 2 * most->limits.attendees - 100);
    std::string alarms;
    for (std::size_t i = 0; i < 2 * most->limits.components - 2; ++i)
        alarms += "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:PT0S\r\nEND:VALARM\r\n";
    CHECK(calendar::itip::describe(event_with(1, alarms)));

    for (const char* more : {"calendar_part: 5121KiB", "components: 2001", "attendees: 4001"}) {
        INFO(std::string(more));
        CHECK_FALSE(with(more));
    }
}

TEST_CASE("how many cells there may be") {
    for (const char* good : {"cells: 0", "cells: 1", "cells: 256"}) {
        INFO(std::string(good));
        CHECK(with(good));
    }
    CHECK(with("cells: 7")->limits.cells == 7);
    CHECK(with("message: 1MiB")->limits.cells == 0);
    for (const char* wrong : {"cells: 257", "cells: -1", "cells: many", "cells: 1.5"}) {
        INFO(std::string(wrong));
        CHECK_FALSE(with(wrong));
    }
}

TEST_CASE("one message fits into what may be in transit, whatever is not said") {
    CHECK(with("message: 1GiB")->limits.in_transit == std::size_t{1} << 30);
    CHECK(with("message: 1MiB")->limits.in_transit == std::size_t{512} << 20);
    CHECK(with("message: 2MiB, in_transit: 2MiB"));
    CHECK_FALSE(with("message: 2MiB, in_transit: 2047KiB"));
    CHECK(with("forged_fields: 0")->limits.forged_fields == 0);
    CHECK(with("forged_fields: 1000"));
    CHECK_FALSE(with("forged_fields: 1001"));
}
