#include <string>

#include <doctest/doctest.h>

#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/apply_input.h"

using namespace apply_input;

namespace {

/// The event of the recipient, after an update, that has these further lines.
std::string updated(const std::string& stored, const std::string& message) {
    load_zones();
    const auto outcome = apply(input_with(calendar_of("REQUEST", event("2", "SUMMARY:Later\r\n" + message)),
                                          calendar_of("", event("1", "SUMMARY:Planning\r\n" + stored))));
    REQUIRE(word(outcome.kind) == "updated");
    return outcome.object.value();
}

bool has(const std::string& object, const std::string& line) {
    return object.find("\r\n" + line + "\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("what calendar programs write for their own user survives an update, and no message brings it") {
    for (const std::string name : {
             "X-MOZ-LASTACK",
             "X-MOZ-SNOOZE-TIME",
             "X-MOZ-SNOOZE-TIME-1700000000000000",
             "X-MOZ-GENERATION",
             "X-MOZ-INVITED-ATTENDEE",
             "X-MOZ-RECEIVED-SEQUENCE",
             "X-MOZ-RECEIVED-DTSTAMP",
             "X-MOZ-SEND-INVITATIONS",
             "X-APPLE-TRAVEL-DURATION",
             "X-APPLE-DEFAULT-ALARM",
             "X-APPLE-SORT-ORDER",
             "X-EVOLUTION-CALDAV-ETAG",
             "X-KDE-KCALCORE-ENABLED",
             "X-SOGO-SEND-APPOINTMENT-NOTIFICATIONS",
             "X-NC-GROUP-ID",
             "X-OC-HIDESUBTASKS",
             "X-PINNED",
             "X-DAV-ETAG",
             "X-CALENDARSERVER-PRIVATE-COMMENT",
             "X-RADICALE-NAME",
             "X-WR-ALARMUID",
             "x-moz-lastack",
         }) {
        CAPTURE(name);
        const auto kept = updated(name + ":mine\r\n", name + ":theirs\r\n");
        CHECK(has(kept, name + ":mine"));
        CHECK_FALSE(has(kept, name + ":theirs"));
        CHECK_FALSE(has(updated("", name + ":theirs\r\n"), name + ":theirs"));
    }
}

TEST_CASE("the recipient's own choice of what a property says survives, and what they never chose is the organizer's") {
    struct Row {
        std::string name, mine, theirs;
    };
    for (const auto& [name, mine, theirs] : {Row{"TRANSP", "TRANSPARENT", "OPAQUE"}, Row{"CLASS", "PRIVATE", "PUBLIC"},
                                             Row{"CATEGORIES", "Mine", "Theirs"}, Row{"COLOR", "tomato", "navy"}}) {
        CAPTURE(name);
        const auto kept = updated(name + ":" + mine + "\r\n", name + ":" + theirs + "\r\n");
        CHECK(has(kept, name + ":" + mine));
        CHECK_FALSE(has(kept, name + ":" + theirs));
        CHECK(has(updated("", name + ":" + theirs + "\r\n"), name + ":" + theirs));
    }
}

TEST_CASE("what only looks like an own thing goes with the organizer's old version") {
    for (const std::string name : {"X-MOZ-LASTACKS", "X-MOZ-SNOOZE", "X-PINNED-BY", "X-KDENLIVE", "X-WR-ALARMUID-2",
                                   "X-APPLE-STRUCTURED-DATA", "X-NCLOUD"}) {
        CAPTURE(name);
        CHECK_FALSE(has(updated(name + ":old\r\n", ""), name + ":old"));
        CHECK(has(updated("", name + ":new\r\n"), name + ":new"));
    }
}
