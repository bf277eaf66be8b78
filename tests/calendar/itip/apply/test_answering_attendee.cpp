#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/texts.h"

// Who answers with a REPLY that lists many attendees, as some programs write it.
namespace {

using namespace calendar::itip;

using Texts = std::vector<std::string>;

const std::string sender = "zoe@example.net";
const std::string delegate = "eve@example.net";

std::string attendee(std::string_view parameters, std::string_view address) {
    return fmt::format("ATTENDEE;{}:mailto:{}\r\n", parameters, address);
}

Texts guests(std::size_t count) {
    Texts addresses;
    for (std::size_t i = 0; i < count; ++i)
        addresses.push_back(fmt::format("guest{}@example.net", i));
    return addresses;
}

std::string event(const std::string& attendees) {
    return "BEGIN:VEVENT\r\nUID:planning@example.org\r\nDTSTAMP:20261102T100000Z\r\nDTSTART:20261201T090000Z\r\n"
           "ORGANIZER:mailto:carol@example.org\r\n" +
           attendees + "END:VEVENT\r\n";
}

enum class Place { first, last, absent };

struct Row {
    std::string sentence;
    std::size_t count;  // of ATTENDEE lines in the reply
    Place place;
    std::string own;     // parameters of the line that answers
    std::string answer;  // what the calendar then has of who answers
    std::string outcome;
};

/// The attendees of the reply, all but the one who answers with an answer that is not theirs to give.
std::string reply_of(const Row& row) {
    std::string lines;
    if (row.place == Place::first) lines += attendee(row.own, sender);
    for (const std::string& guest : guests(row.count - (row.place == Place::absent ? 0 : 1)))
        lines += attendee("PARTSTAT=DECLINED;DELEGATED-TO=\"mailto:" + delegate + "\"", guest);
    if (row.place == Place::last) lines += attendee(row.own, sender);
    return texts::vcalendar("REPLY", event(lines));
}

std::string stored_of(const Row& row, const std::string& first) {
    std::string lines = first + attendee("PARTSTAT=NEEDS-ACTION", sender);
    for (const std::string& guest : guests(row.count))
        lines += attendee("PARTSTAT=NEEDS-ACTION", guest);
    return texts::vcalendar("", event(lines));
}

struct Result {
    std::string outcome;
    Texts changed;  // lines of the calendar that it had not before
};

Result applied(const std::string& stored, const std::string& message, const std::string& from) {
    const auto read = read_itip(message, std::nullopt, {}, {});
    REQUIRE_MESSAGE(read, read.error().detail);
    ApplyInput input;
    input.stored = stored;
    input.message = read->front().content;
    input.recipient = {Address::parse("carol@example.org").value()};
    input.sender = Address::parse(from).value();
    const Outcome outcome = apply(input);
    Result result{fmt::format("{} {}", word(outcome.kind), word(outcome.reason)), {}};
    std::string text = outcome.object.value();
    for (auto fold = text.find("\r\n "); fold != std::string::npos; fold = text.find("\r\n ", fold))
        text.erase(fold, 3);
    for (std::size_t at = 0; at < text.size();) {
        const std::string line = text.substr(at, text.find("\r\n", at) + 2 - at);
        at += line.size();
        if (stored.find(line) == std::string::npos) result.changed.push_back(line);
    }
    return result;
}

const std::string accepted = "PARTSTAT=ACCEPTED";
const std::string recorded = "updated reply_recorded";
const std::string nobody = "refused missing_attendee";

}  // namespace

TEST_CASE("of many attendees in a reply the sender answers, wherever they stand, and no other changes") {
    load_zones();
    const Row rows[] = {
        {"of two the first", 2, Place::first, accepted, accepted, recorded},
        {"of two the last", 2, Place::last, accepted, accepted, recorded},
        {"of two neither", 2, Place::absent, "", "", nobody},
        {"of eleven the first", 11, Place::first, accepted, accepted, recorded},
        {"of eleven the last", 11, Place::last, accepted, accepted, recorded},
        {"of eleven none", 11, Place::absent, "", "", nobody},
        {"of 500 the first", 500, Place::first, accepted, accepted, recorded},
        {"of 500 the last", 500, Place::last, accepted, accepted, recorded},
        {"of 500 none", 500, Place::absent, "", "", nobody},
        {"of as many as a message may have the last", 2000, Place::last, accepted, accepted, recorded},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        const Result got = applied(stored_of(row, ""), reply_of(row), sender);
        CHECK(got.outcome == row.outcome);
        const bool answers = row.outcome == recorded;
        CHECK(got.changed == (answers ? Texts{attendee(row.answer + ";SCHEDULE-STATUS=2.0", sender)} : Texts{}));
    }
}

TEST_CASE("a delegation is recorded among many attendees of the reply as between its two ends") {
    load_zones();
    const std::string to_eve = "PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:" + delegate + "\"";
    const std::string by_gus = ";DELEGATED-FROM=\"mailto:gus@example.net\"";
    const std::string gus = attendee("PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:" + sender + "\"", "gus@example.net");
    for (const std::size_t count : {2, 11, 500}) {
        for (const Place place : {Place::first, Place::last}) {
            INFO(count, " attendees, the sender ", std::string(place == Place::first ? "first" : "last"));
            const Row delegator{"", count, place, to_eve, to_eve, recorded};
            const Result delegated = applied(stored_of(delegator, ""), reply_of(delegator), sender);
            CHECK(delegated.outcome == recorded);
            CHECK(delegated.changed ==
                  Texts{attendee(to_eve + ";SCHEDULE-STATUS=2.0", sender),
                        attendee("PARTSTAT=NEEDS-ACTION;DELEGATED-FROM=\"mailto:" + sender + '"', delegate)});

            // The delegate, whom the stored delegator names and who is no attendee yet.
            const Row row{"", count, place, accepted + by_gus, accepted, recorded};
            std::string stored = stored_of(row, gus);
            const std::string own = attendee("PARTSTAT=NEEDS-ACTION", sender);
            stored.erase(stored.find(own), own.size());
            const Result answered = applied(stored, reply_of(row), sender);
            CHECK(answered.outcome == recorded);
            CHECK(answered.changed == Texts{attendee(accepted + ";SCHEDULE-STATUS=2.0" + by_gus, sender)});
        }
    }
}

TEST_CASE("of many attendees in a reply the one answers for whom the sender acts, if that is one") {
    load_zones();
    const std::string assistant = "assistant@example.net";
    const std::string by = ";SENT-BY=\"mailto:" + assistant + '"';
    const std::string plain = "PARTSTAT=NEEDS-ACTION";
    struct Case {
        std::string sentence;
        std::string stored_own, stored_other;  // parameters of two attendees in the calendar
        std::string own, other;                // and in the reply
        std::string outcome;
    };
    const Case cases[] = {
        {"the reply says for whom", plain + by, plain, accepted + by, plain, recorded},
        {"only the calendar says for whom", plain + by, plain, accepted, plain, recorded},
        {"the calendar has two of whom the reply says which", plain + by, plain + by, accepted + by, plain, recorded},
        {"the reply says two", plain + by, plain + by, accepted + by, plain + by, nobody},
        {"the calendar has two, and the reply does not say which", plain + by, plain + by, accepted, plain, nobody},
        {"neither says it", plain, plain, accepted, plain, nobody},
        {"only the reply says it", plain, plain, accepted + by, plain, "refused sender_not_attendee"},
    };
    for (const Case& one : cases) {
        INFO(one.sentence);
        std::string others;
        for (const std::string& guest : guests(20))
            others += attendee(plain, guest);
        const std::string last = "gus@example.net";
        const Result got = applied(
            texts::vcalendar("", event(attendee(one.stored_own, sender) + attendee(one.stored_other, last) + others)),
            texts::vcalendar("REPLY", event(others + attendee(one.own, sender) + attendee(one.other, last))),
            assistant);
        CHECK(got.outcome == one.outcome);
        CHECK(got.changed.size() == (one.outcome == recorded ? 1 : 0));
        if (one.outcome == recorded) CHECK(got.changed.front().find("ACCEPTED") != std::string::npos);
    }
}
