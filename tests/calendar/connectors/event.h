#pragma once

#include <string>

namespace tests {

/// An event as a calendar holds it.
inline std::string event(const std::string& uid, const std::string& summary = "Planning", bool organizer = true,
                         const std::string& component = "VEVENT") {
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\nBEGIN:" + component +
           "\r\nUID:" + uid + "\r\nDTSTAMP:20261121T020000Z\r\nDTSTART:20261201T100000Z\r\nSUMMARY:" + summary +
           "\r\n" +
           (organizer
                ? "ORGANIZER:mailto:carol@example.org\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com\r\n"
                : "") +
           "END:" + component + "\r\nEND:VCALENDAR\r\n";
}

}  // namespace tests
