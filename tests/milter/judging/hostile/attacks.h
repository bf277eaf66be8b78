#pragma once

#include <set>

#include "tests/milter/judging/whole_way.h"

/// Attacks on the calendars of others, each by the whole way: written and signed, judged by the rules that are shipped,
/// applied. Who is who: Carol organizes and invites Bob, Alice and Dave. Bob knows Carol and Dave. Erin is at Carol's
/// provider. Mallory is nobody.
namespace attacks {

using way::House;
using way::Mail;

using Lines = std::vector<std::string>;

/// Content lines, unfolded.
inline Lines lines_of(const std::string& object) {
    Lines lines;
    for (std::size_t at = 0; at < object.size();) {
        const auto end = object.find("\r\n", at);
        const auto line = object.substr(at, end - at);
        if (line.starts_with(" ") && !lines.empty())
            lines.back() += line.substr(1);
        else
            lines.push_back(line);
        at = end == std::string::npos ? object.size() : end + 2;
    }
    return lines;
}

/// "-" and a line that went, "+" and a line that came, a line each.
inline std::string difference(const std::string& before, const std::string& after) {
    const auto old_lines = lines_of(before);
    const auto new_lines = lines_of(after);
    const std::set<std::string> was(old_lines.begin(), old_lines.end());
    const std::set<std::string> is(new_lines.begin(), new_lines.end());
    std::string changes;
    for (const auto& line : old_lines)
        if (!is.contains(line)) changes += "-" + line + "\n";
    for (const auto& line : new_lines)
        if (!was.contains(line)) changes += "+" + line + "\n";
    return changes;
}

/// One mail against one event: what the two sets of rules make of it, and the engine when a rule says apply.
struct Attack {
    std::string what;
    Mail mail;
    std::string known, everyone;
    std::string engine{};   ///< empty: the engine cannot know who sent it
    std::string changes{};  ///< what is allowed to become of the event; none: it stays byte for byte
};

/// Each on the event as it was.
inline void run(const std::string& event, const std::vector<Attack>& attacks) {
    const std::pair<std::string, std::string Attack::*> houses[] = {
        {way::shipped("known"), &Attack::known},
        {way::shipped("everyone"), &Attack::everyone},
        {"policy: []\notherwise: apply\n", &Attack::engine}};
    for (const auto& [rules, want] : houses) {
        INFO(rules);
        for (const auto& attack : attacks) {
            if ((attack.*want).empty()) continue;
            INFO(attack.what);
            House house(rules);
            house.put(event);
            const auto delivered = house.deliver(attack.mail.text());
            CHECK_EQ(want == &Attack::engine ? delivered.outcome : delivered.text(), attack.*want);
            CHECK_EQ(difference(event, house.event()), attack.changes);
            CHECK_EQ(event == house.event(), attack.changes.empty());
        }
    }
}

/// Of the organizer, with a newer version of the event.
inline Mail newer(Mail mail) {
    mail.sequence = 1;
    mail.summary = "Lunch";
    return mail;
}
inline Mail cancelling(Mail mail) {
    mail.method = "CANCEL";
    mail.sequence = 1;
    return mail.with_line("STATUS:CANCELLED");
}
/// Of an attendee.
inline Mail accepting(const Mail& mail, const std::string& attendee, const std::string& parameters = "") {
    return mail.with_method("REPLY").with_only("ATTENDEE;PARTSTAT=ACCEPTED" + parameters + ":mailto:" + attendee);
}

inline const Mail carol{};
inline const Mail erin{.from = "erin@example.org"};
inline const Mail dave{.from = "Dave <dave@example.net>", .signer = "example.net"};
inline const Mail mallory{.from = "Mallory <mallory@evil.example>", .signer = "evil.example"};

inline const std::string ignored = "otherwise: ignore";
inline const std::string not_organizer = "refused sender_not_organizer";
inline const std::string not_hers = "otherwise: " + not_organizer;  ///< of a sender who is proven
inline const std::string another_organizer = "refused organizer_mismatch";
inline const std::string from_people = "people I know: ";
inline const std::string from_anybody = "invitations from every proven sender: ";
inline const std::string answer = "replies to my invitations: ";
inline const std::string cancellation = "cancellations of events I know: ";

inline std::string organizer(const std::string& address, const std::string& parameters = "") {
    return "ORGANIZER" + parameters + ":mailto:" + address;
}
inline std::string by(const std::string& address) {
    return ";SENT-BY=\"mailto:" + address + "\"";
}

}  // namespace attacks
