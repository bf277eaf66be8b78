#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/text.h"

/// Calendar texts for the tests of the reading side.
namespace texts {

/// Lines ended with CRLF.
inline std::string lines(std::initializer_list<std::string_view> all) {
    std::string text;
    for (const std::string_view line : all)
        text.append(line).append("\r\n");
    return text;
}

/// A VCALENDAR with this METHOD (none: empty) around the text.
inline std::string vcalendar(std::string_view method, std::string_view inner) {
    std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n";
    if (!method.empty()) text.append("METHOD:").append(method).append("\r\n");
    return text.append(inner).append("END:VCALENDAR\r\n");
}

/// A VEVENT that is complete for a REQUEST; each change is a line that takes the place of the line of that name, or is
/// added. A change of a bare name (`UID`) takes the line away.
inline std::string event(std::initializer_list<std::string_view> changes = {}) {
    std::vector<std::string> all{"UID:u1@example.org",
                                 "DTSTAMP:20261121T020000Z",
                                 "ORGANIZER:mailto:carol@example.org",
                                 "ATTENDEE:mailto:bob@example.com",
                                 "DTSTART:20261203T090000Z",
                                 "DTEND:20261203T100000Z",
                                 "SEQUENCE:1"};
    const auto name = [](std::string_view line) { return line.substr(0, line.find_first_of(":;")); };
    for (const std::string_view change : changes) {
        const bool away = name(change) == change;
        bool done = false;
        for (auto line = all.begin(); line != all.end(); ++line)
            if (name(*line) == name(change)) {
                if (away)
                    all.erase(line);
                else
                    *line = change;
                done = true;
                break;
            }
        if (!done && !away) all.emplace_back(change);
    }
    std::string text = "BEGIN:VEVENT\r\n";
    for (const std::string& line : all)
        text += line + "\r\n";
    return text + "END:VEVENT\r\n";
}

using tests::repeated;

inline const std::vector<std::string>& fixtures() {
    static const std::vector<std::string> names{"request.ics", "exchange-series.ics", "reply-without-organizer.ics",
                                                "cancel-instance.ics", "task-and-tasks.ics"};
    return names;
}

inline std::string fixture(const std::string& name) {
    return tests::read_text(std::filesystem::path(TEST_DATA) / "itip-read" / name);
}

}  // namespace texts
