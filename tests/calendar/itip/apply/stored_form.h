#pragma once

#include <algorithm>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/round_trip.h"

/// What a message becomes when it is stored, as it is told here without the engine.
namespace round_trip {

inline Address address(const std::string& text) {
    return Address::parse(text).value();
}

inline ApplyInput input_for(const Node& message, const char* recipient = "bob@example.com") {
    ApplyInput input;
    input.recipient = {address(recipient)};
    Lines lines;
    put_lines(message, lines);
    for (const std::string& line : lines)
        input.message += line + "\r\n";
    return input;
}

inline bool is_override(const Node& node) {
    return !value_of(node, "RECURRENCE-ID").empty();
}

inline void drop_scheduling_parameters(Node& node) {
    for (std::string& line : node.lines) {
        if (name_of(line) != "ORGANIZER" && name_of(line) != "ATTENDEE") continue;
        for (const char* const name : {";SCHEDULE-AGENT=", ";SCHEDULE-FORCE-SEND=", ";SCHEDULE-STATUS="})
            if (const auto at = uppered(line).find(name); at != std::string::npos)
                line.erase(at, line.find_first_of(";:", at + 1) - at);  // no sample quotes one
    }
}

/// X-LIC-ERROR, descriptions in HTML and alarms, at every depth.
inline void drop_unwanted(Node& node, bool strip_alarms) {
    std::erase_if(node.lines, [](const std::string& line) {
        const std::string name = name_of(line);
        return name == "X-LIC-ERROR" || name == "STYLED-DESCRIPTION" || name == "X-ALT-DESC";
    });
    if (strip_alarms) std::erase_if(node.children, [](const Node& inner) { return inner.name == "VALARM"; });
    for (Node& inner : node.children)
        drop_unwanted(inner, strip_alarms);
}

/// What becomes of a message for a new event: without METHOD, REQUEST-STATUS, alarms, with the zones it uses.
inline Node stored_form(Node message, bool strip_alarms) {
    Lines all;
    for (const Node& child : message.children)
        if (!is_zone(child)) put_lines(child, all);
    drop_lines(message, {"METHOD", "X-LIC-ERROR", "REQUEST-STATUS", "X-ALT-DESC", "STYLED-DESCRIPTION"});
    put_line(message, "VERSION:2.0");
    if (value_of(message, "PRODID").empty()) put_line(message, "PRODID:-//imip-milter//EN");
    std::erase_if(message.children, [&](const Node& child) {
        if (!is_zone(child)) return false;
        std::string tzid = value_of(child, "TZID");
        std::erase(tzid, '\\');  // TEXT there, and none in a parameter
        const bool used = std::ranges::any_of(all, [&](const std::string& line) {
            return uppered(line).find(";TZID=" + uppered(tzid)) != std::string::npos ||
                   uppered(line).find(";TZID=\"" + uppered(tzid) + '"') != std::string::npos;
        });
        return !used || is_known_by_name(tzid);
    });
    for (Node& child : message.children) {
        if (is_zone(child)) continue;
        drop_lines(child, {"REQUEST-STATUS"});
        drop_unwanted(child, strip_alarms);
        drop_scheduling_parameters(child);
    }
    std::ranges::stable_partition(message.children,
                                  [](const Node& child) { return is_zone(child) || !is_override(child); });
    std::ranges::stable_partition(message.children, is_zone);
    return message;
}

}  // namespace round_trip
