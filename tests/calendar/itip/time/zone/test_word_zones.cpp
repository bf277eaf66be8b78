#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/time/zone/time_zone.h"
#include "calendar/itip/time/zone/word_zones.h"

using namespace calendar::itip;

namespace {

/// As the system's EST until 2026, then +0900.
Component est_that_changes() {
    const auto observance = [](const char* start, const char* to) {
        return Component{
            "STANDARD", {{"DTSTART", {}, start}, {"TZOFFSETFROM", {}, "-0500"}, {"TZOFFSETTO", {}, to}}, {}};
    };
    return {"VTIMEZONE",
            {{"TZID", {}, "EST"}},
            {observance("19700101T000000", "-0500"), observance("20260101T000000", "+0900")}};
}

Component event(const char* tzid, const char* start) {
    return {"VEVENT", {{"DTSTART", {{"TZID", tzid}}, start}}, {}};
}

/// The new names in a message with these events.
std::vector<std::string> new_names(const std::vector<Component>& events) {
    load_zones();
    Component calendar{"VCALENDAR", {}, {est_that_changes()}};
    calendar.components.insert(calendar.components.end(), events.begin(), events.end());
    Effort effort(Effort::of_a_message(0));
    std::vector<std::string> names;
    const auto told = tell_zones_from_system(calendar, effort);
    for (const auto& [line, name] : told.value())
        names.push_back(name);
    for (const Component& component : calendar.components)
        if (component.name == "VEVENT") names.push_back(component.find("DTSTART")->parameter("TZID").value());
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a word is told from the system's zone when it is another one at any date of the message") {
    CHECK(new_names({event("EST", "20190103T090000")}) == Names{"EST"});
    CHECK(new_names({event("EST", "20270103T090000")}) == Names{"EST 2", "EST 2"});
    CHECK(new_names({event("EST", "20190103T090000"), event("EST", "20270103T090000")}) ==
          Names{"EST 2", "EST 2", "EST 2"});
    CHECK(new_names({event("EST", "20190103T090000"), event("MST", "20270103T090000")}) == Names{"EST", "MST"});
    CHECK(new_names({event("EST", "20500103T090000")}) == Names{"EST 2", "EST 2"});
}

TEST_CASE("a name that a message uses is not free, whether or not it has its rules") {
    CHECK(new_names({event("EST", "20270103T090000"), event("EST 2", "20270103T090000")}) ==
          Names{"EST 3", "EST 3", "EST 2"});
}
