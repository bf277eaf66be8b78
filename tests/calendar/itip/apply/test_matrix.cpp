#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/matrix.h"
#include "tests/calendar/itip/texts.h"

using namespace matrix;

namespace {

using namespace calendar::itip;

struct Version {
    std::string_view sequence;
    std::string_view stamp;
};

constexpr Version stored_version{"2", "20261101T100000Z"};
constexpr std::string_view last_reply = "20261105T100000Z";

/// The calendar, the message and the parties that the words of a row mean.
class Scene {
  public:
    explicit Scene(const Row& row) : row_(row) {}

    ApplyInput input() const {
        ApplyInput input;
        input.stored = stored();
        input.recipient = {address(for_organizer() ? "carol@example.org" : "bob@example.com")};
        input.sender = address(sender());
        input.sent_by_allowed = true;
        input.publish_allowed = true;
        if (row_.method == "REPLY" && row_.order != "newer")
            for (const std::string_view recurrence_id :
                 {"", "20261209T090000Z", "RANGE=THISANDFUTURE:20261209T090000Z"})
                input.marks.push_back(
                    {std::string(answerer()), std::string(recurrence_id), 2, std::string(last_reply)});
        return input;
    }

    std::string message() const {
        std::string inner;
        if (row_.scope != "series")
            inner = instance(recurrence_id(target(), row_.scope == "this and future"), target(), message_lines());
        else if (row_.method == "ADD")
            inner = component({"DTSTART:" + added_date() + "T150000Z", "DURATION:PT1H"}, message_lines());
        else
            inner = master(message_lines());
        // A new version of the whole series brings its override too; where only instances are known, the series alone.
        if (row_.scope == "series" && brings_series() && row_.stored != "naked instances only")
            inner += instance(recurrence_id("20261209", false), "20261209", message_lines());
        return texts::vcalendar(row_.method, inner);
    }

  private:
    using Lines = std::vector<std::string>;

    static Address address(std::string_view text) { return Address::parse(text).value(); }

    bool same() const { return row_.order == "same"; }
    bool brings_series() const { return row_.method == "REQUEST" || row_.method == "PUBLISH"; }
    bool for_organizer() const {
        return row_.method == "REPLY" || row_.method == "COUNTER" || row_.method == "REFRESH";
    }

    std::string_view sender() const {
        if (row_.sender == "organizer") return "carol@example.org";
        if (row_.sender == "SENT-BY") return "assistant@example.org";
        if (row_.sender == "listed attendee") return "dave@example.net";
        if (row_.sender == "delegate") return "erin@example.net";
        return "mallory@example.net";
    }

    /// Whose answer a REPLY, COUNTER or REFRESH brings.
    std::string_view answerer() const {
        return row_.sender == "organizer" || row_.sender == "SENT-BY" ? "dave@example.net" : sender();
    }

    std::string target() const { return row_.method == "ADD" && !same() ? "20261223" : "20261209"; }
    std::string added_date() const { return same() ? "20261204" : "20261211"; }

    static std::string recurrence_id(const std::string& day, bool range) {
        return std::string("RECURRENCE-ID") + (range ? ";RANGE=THISANDFUTURE:" : ":") + day + "T090000Z";
    }

    static std::string component(const Lines& times, const Lines& more) {
        std::string text = "BEGIN:VEVENT\r\nUID:planning@example.org\r\n";
        for (const Lines& lines : {times, more})
            for (const std::string& line : lines)
                text += line + "\r\n";
        return text + "END:VEVENT\r\n";
    }

    static std::string master(const Lines& more) {
        return component({"DTSTART:20261202T090000Z", "DTEND:20261202T100000Z", "RRULE:FREQ=WEEKLY"}, more);
    }

    static std::string instance(const std::string& recurrence_id, const std::string& day, const Lines& more) {
        return component({recurrence_id, "DTSTART:" + day + "T110000Z", "DTEND:" + day + "T120000Z"}, more);
    }

    static Lines version_lines(const Version& version) {
        return {"SEQUENCE:" + std::string(version.sequence), "DTSTAMP:" + std::string(version.stamp),
                "ORGANIZER;SENT-BY=\"mailto:assistant@example.org\":mailto:carol@example.org"};
    }

    static void add_attendees(Lines& lines, std::string_view answer, bool with_delegate) {
        lines.push_back("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com");
        lines.push_back("ATTENDEE;" + std::string(answer) + ":mailto:dave@example.net");
        lines.push_back(
            "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:erin@example.net\":mailto:frank@example.net");
        if (with_delegate)
            lines.push_back("ATTENDEE;" + std::string(answer) +
                            ";DELEGATED-FROM=\"mailto:frank@example.net\":mailto:erin@example.net");
    }

    std::optional<std::string> stored() const {
        if (row_.stored == "unknown event") return std::nullopt;
        const bool reply = row_.method == "REPLY";
        // Whoever answered before is there with that answer; a delegate who did not is known by the delegator only.
        const std::string_view answer =
            reply && row_.order != "newer" ? "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0" : "PARTSTAT=NEEDS-ACTION";
        Lines lines = version_lines(stored_version);
        const bool published =
            row_.method == "PUBLISH" && row_.sender != "listed attendee" && row_.sender != "delegate";
        if (!published) add_attendees(lines, answer, !(reply && row_.order == "newer"));
        lines.push_back("SUMMARY:Planning");
        if (row_.stored == "known and cancelled") lines.push_back("STATUS:CANCELLED");

        const bool brought_range =
            row_.scope == "this and future" && same() && (brings_series() || row_.method == "ADD");
        const bool series = row_.stored != "naked instances only";
        std::string inner = instance(recurrence_id("20261209", brought_range && series), "20261209", lines);
        if (!series) return texts::vcalendar("", inner + instance(recurrence_id("20261216", false), "20261216", lines));
        Lines master_lines = lines;
        if (row_.method == "ADD" && row_.scope == "series" && same()) master_lines.push_back("RDATE:20261204T150000Z");
        return texts::vcalendar("", master(master_lines) + inner);
    }

    Lines message_lines() const {
        if (for_organizer()) return answer_lines();
        Lines lines = version_lines(row_.order == "newer"   ? Version{"3", "20261102T100000Z"}
                                    : row_.order == "older" ? Version{"1", "20261031T100000Z"}
                                                            : stored_version);
        if (row_.method != "PUBLISH") add_attendees(lines, "PARTSTAT=NEEDS-ACTION", true);
        lines.push_back(same() ? "SUMMARY:Planning" : "SUMMARY:Planning in another room");
        if (row_.method == "CANCEL") lines.push_back("STATUS:CANCELLED");
        return lines;
    }

    Lines answer_lines() const {
        const std::string_view stamp = row_.order == "newer"   ? "20261106T100000Z"
                                       : row_.order == "older" ? "20261104T100000Z"
                                                               : last_reply;
        Lines lines = version_lines({"2", stamp});
        const std::string answer = row_.order == "older" ? "DECLINED" : "ACCEPTED";
        const std::string from = row_.sender == "delegate" ? ";DELEGATED-FROM=\"mailto:frank@example.net\"" : "";
        lines.push_back("ATTENDEE;PARTSTAT=" + answer + from + ":mailto:" + std::string(answerer()));
        return lines;
    }

    const Row& row_;
};

std::string said(const Outcome& outcome) {
    return std::string(word(outcome.kind)) + ' ' + std::string(word(outcome.reason));
}

bool changes(const Outcome& outcome) {
    return outcome.kind != Outcome::Kind::refused && outcome.kind != Outcome::Kind::unchanged;
}

}  // namespace

TEST_CASE("every possible cell of the matrix comes out as it says") {
    load_zones();
    for (const Row& row : read_rows()) {
        if (!row.why.empty()) continue;
        INFO(row.cell());
        const Scene scene(row);
        ApplyInput input = scene.input();
        const auto read = read_itip(scene.message(), std::nullopt, {}, {});
        REQUIRE_MESSAGE(read, read.error().detail);
        REQUIRE(read->size() == 1);
        input.message = read->front().content;

        const Outcome outcome = apply(input);
        INFO(outcome.detail);
        CHECK(said(outcome) == row.answer());
        if (!changes(outcome)) {
            CHECK(outcome.object == input.stored);
            continue;
        }
        CHECK(outcome.object.has_value());
        // At least once: the same message again finds the event as it should be.
        ApplyInput again = input;
        again.stored = outcome.object;
        again.marks = outcome.marks;
        const Outcome second = apply(again);
        INFO("the same message again: ", second.detail);
        CHECK(said(second) == "unchanged duplicate");
        CHECK(second.object == outcome.object);
    }
}
