#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/read/hazards/find_hazards.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

/// Which hazards are found in a text.
namespace hazards_in {

using namespace calendar::itip;

/// Of a VCALENDAR: the words, separated by blanks.
inline std::string hazards_of(const std::string& vcalendar, const HazardLimits& limits = {}) {
    load_zones();
    const Component calendar = parsed::calendar(vcalendar);
    std::string words;
    Effort effort(Effort::of_a_message(vcalendar.size()));
    for (const Hazard hazard : find_hazards(calendar, limits, effort))
        words += (words.empty() ? "" : " ") + std::string(word(hazard));
    return words;
}

inline std::string hazards(const std::string& components, const HazardLimits& limits = {}) {
    return hazards_of(texts::vcalendar("REQUEST", components), limits);
}

struct Row {
    const char* sentence;
    std::string text;
    const char* want;
};

inline void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(hazards(row.text) == row.want);
    }
}

inline std::string rule(const std::string& text) {
    return texts::event({"RRULE:" + text});
}

}  // namespace hazards_in
