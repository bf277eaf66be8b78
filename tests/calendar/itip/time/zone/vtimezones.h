#pragma once

#include <string>

#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

/// VTIMEZONEs as programs write them.
namespace vtimezones {

using calendar::itip::Component;

inline std::string observance(const std::string& name, const std::string& from, const std::string& to,
                              const std::string& onsets) {
    return "BEGIN:" + name + "\r\nTZOFFSETFROM:" + from + "\r\nTZOFFSETTO:" + to + "\r\n" + onsets + "\r\nEND:" + name +
           "\r\n";
}

inline std::string standard_time(const std::string& onsets) {
    return observance("STANDARD", "+0200", "+0100", onsets);
}

inline std::string daylight_time(const std::string& onsets) {
    return observance("DAYLIGHT", "+0100", "+0200", onsets);
}

inline Component vtimezone(const std::string& inner, const std::string& tzid = "Own") {
    calendar::itip::load_zones();
    const std::string zone = "BEGIN:VTIMEZONE\r\nTZID:" + tzid + "\r\n" + inner + "END:VTIMEZONE\r\n";
    return parsed::calendar(texts::vcalendar("", zone)).components.front();
}

inline const std::string last_sundays =
    daylight_time("DTSTART:16010101T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU") +
    standard_time("DTSTART:16010101T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU");

}  // namespace vtimezones
