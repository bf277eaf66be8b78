#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/mail/inspect.h"
#include "tests/milter/mail/messages.h"

using milter::mail::inspect;

namespace {

std::string reason_of(const std::optional<calendar::itip::Refusal>& error) {
    return error ? std::string(word(error->reason)) : "none";
}

}  // namespace

TEST_CASE("of parts that say the same one is kept") {
    const auto part = [](const std::string& text, const std::string& parameters = "; method=REQUEST") {
        return "Content-Type: text/calendar" + parameters + "\r\n\r\n" + text;
    };
    const std::string first = messages::invitation();
    const auto changed = [&](const std::string& from, const std::string& to) {
        std::string text = first;
        return text.replace(text.find(from), from.size(), to);
    };
    const auto renamed = changed("Planning", "Lunch"), broken = changed("END:VEVENT", "END:VTODO");
    const auto earlier = changed("DTSTART:20261201", "DTSTART:20261130");
    struct Case {
        std::string sentence;
        std::vector<std::string> parts;
        std::string error, found;  ///< of each part its path, duplicate or error, and how many messages are left
    };
    for (const Case& c : {
             Case{"equal to the last byte", {part(first), part(first), part(first)}, "none", "1 1, 2=1 0, 3=1 0, "},
             Case{"of the same meaning", {part(first), part(renamed), part(renamed)}, "none", "1 1, 2=1 0, 3=1 0, "},
             Case{"not when the fields say another method",
                  {part(first), part(first, "; method=CANCEL")},
                  "parts_disagree",
                  "1 1, 2 method_mismatch 0, "},
             Case{"also of what cannot be used",
                  {part(broken), part(broken)},
                  "none",
                  "1 bad_calendar 0, 2 bad_calendar 0, "},
             Case{"what differs is there to be looked at, once",
                  {part(first), part(earlier), part(earlier), part(first)},
                  "parts_disagree",
                  "1 1, 2 1, 3 0, 4 0, "},
             Case{"what differs, though it is equal to another that does",
                  {part(earlier), part(first), part(first)},
                  "parts_disagree",
                  "1 1, 2 1, 3 0, "},
         }) {
        INFO(c.sentence);
        const auto got = inspect(messages::of_parts(c.parts), {});
        CHECK(reason_of(got.error) == c.error);
        std::string found;
        for (const auto& each : got.parts) {
            found += each.path + (each.duplicate_of ? "=" + *each.duplicate_of : "");
            if (each.error) found += " " + reason_of(each.error);
            found += " " + std::to_string(each.messages.size()) + ", ";
        }
        CHECK(found == c.found);
    }
}

TEST_CASE("the part in the alternative is used, and its messages are there, wherever an equal one stands") {
    const std::string inner =
        "Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nContent-Type: text/calendar\r\n\r\n";
    const std::string file = "Content-Type: text/calendar\r\n\r\n";
    std::string renamed = messages::invitation();
    renamed.replace(renamed.find("Planning"), 8, "Lunch");
    for (const auto& in_file : {messages::invitation(), renamed})
        for (const auto& in_alternative : {messages::invitation(), renamed}) {
            const auto got = inspect(messages::of_parts({file + messages::invitation(), file + in_file,
                                                         inner + in_alternative + "--i--\r\n"}),
                                     {});
            REQUIRE(got.usable() != nullptr);
            CHECK(got.usable()->path == "3.1");
            REQUIRE(got.usable()->messages.size() == 1);
            CHECK(got.usable()->messages.front().content == in_alternative);
            CHECK(got.parts.at(0).duplicate_of == "3.1");
            CHECK(got.parts.at(0).messages.empty());
            CHECK(got.parts.at(1).messages.empty());
        }
}

TEST_CASE("parts that are not equal have a bound together, whatever each of them may have") {
    milter::mail::InspectLimits limits;
    limits.calendar.properties = 20;  // an invitation has 14 lines
    const auto error_of = [&](std::size_t count, std::size_t different, const std::string& summary) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < count; ++i) {
            std::string text = messages::invitation();
            text.replace(text.find("Planning"), 8, summary + std::to_string(std::min(i, different - 1)));
            parts.push_back("Content-Type: text/calendar\r\n\r\n" + text);
        }
        const auto got = inspect(messages::of_parts(parts), limits);
        return got.error ? got.error->detail : "";
    };
    CHECK(error_of(4, 4, "") == "");
    CHECK(error_of(5, 5, "") ==
          "part 1 can be used, part 5 cannot: too_complex (more than 60 lines in all calendar parts of the message)");
    CHECK(error_of(10, 1, "") == "");
    CHECK_MESSAGE(error_of(4, 4, "a\r\n b\r\n\tc\r\n d\r\n e\r\n f") == "", "lines are counted unfolded");
}
