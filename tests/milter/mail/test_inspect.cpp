#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "milter/mail/inspect.h"
#include "tests/milter/mail/messages.h"

using calendar::itip::Method;
using calendar::itip::Reason;
using milter::mail::inspect;
using milter::mail::Inspection;
using nlohmann::json;

namespace {

Inspection inspected(const std::string& name) {
    return inspect(messages::named(name), {});
}

std::string reason_of(const std::optional<calendar::itip::Refusal>& error) {
    return error ? std::string(word(error->reason)) : "none";
}

}  // namespace

TEST_CASE("what a mail comes to") {
    struct Case {
        std::string sentence, mail, error, usable, duplicates, part_errors;
    };
    for (const Case& c : {
             Case{"an invitation and its copy as a file are one", "invitation_with_attachment", "none", "1.3", "2", ""},
             Case{"of equal parts the one in the alternative is used", "attachment_comes_first", "none", "2.2", "1",
                  ""},
             Case{"a file without METHOD beside its invitation is a copy", "attachment_without_method", "none", "1",
                  "2", ""},
             Case{"a file without METHOD of another event says nothing about the invitation",
                  "attachment_of_another_event", "none", "1", "", "not_itip"},
             Case{"so does a file of many events that nobody can read", "attached_holidays", "none", "1", "",
                  "bad_sequence"},
             Case{"another start makes another meaning", "parts_disagree", "parts_disagree", "", "", ""},
             Case{"a part that cannot be used stands against the one that can", "one_part_unusable", "parts_disagree",
                  "", "", "bad_calendar"},
             Case{"a file without METHOD alone is no iTIP", "only_an_ics_file", "none", "", "", "not_itip"},
             Case{"an attached mail stays closed", "forwarded_invitation", "no_calendar", "", "", ""},
             Case{"no calendar at all", "newsletter", "no_calendar", "", "", ""},
             Case{"a mail that is nothing but a reply", "reply_alone", "none", "1", "", ""},
             Case{"latin-1", "latin1", "none", "1", "", ""},
             Case{"UTF-16 with its byte order mark", "utf16", "none", "1", "", ""},
             Case{"latin-1 that says nothing is not guessed, and loses no invitation", "undeclared_latin1", "none", "1",
                  "", ""},
             Case{"a file name in pieces", "file_name_in_pieces", "none", "1", "", ""},
             Case{"an encoded file name", "encoded_file_name", "none", "1", "", ""},
         }) {
        INFO(c.sentence);
        const Inspection got = inspected(c.mail);
        CHECK(reason_of(got.error) == c.error);
        CHECK((got.usable() ? got.usable()->path : "") == c.usable);
        std::string duplicates;
        std::string part_errors;
        for (const auto& part : got.parts) {
            if (part.duplicate_of) {
                duplicates += part.path;
                CHECK(part.duplicate_of == c.usable);
                CHECK_FALSE(part.error);
                CHECK(part.messages.empty());
            }
            if (part.error) part_errors += reason_of(part.error);
            CHECK((part.messages.empty() || !part.error));
        }
        CHECK(duplicates == c.duplicates);
        CHECK(part_errors == c.part_errors);
    }
}

TEST_CASE("what a file beside an invitation has to do with it") {
    const auto file = [](std::string text) {
        return "Content-Type: text/calendar; name=a.ics\r\nContent-Disposition: attachment; filename=a.ics\r\n\r\n" +
               text;
    };
    const auto without_method = [](std::string text) {
        text.erase(text.find("METHOD:"), std::string("METHOD:REQUEST\r\n").size());
        return text;
    };
    const auto broken = [](std::string text) { return text.replace(text.find("END:VEVENT"), 10, "END:VTODO"); };
    const std::string invitation = messages::invitation();
    const std::string other = messages::invitation("two@example.org");
    const std::string alarm = "BEGIN:VALARM\r\nUID:one@example.org\r\nEND:VALARM\r\nEND:VEVENT";
    std::string with_alarm = without_method(other);
    with_alarm.replace(with_alarm.find("END:VEVENT"), 10, alarm);
    struct Case {
        std::string sentence, part, error;
    };
    for (const Case& c : {
             Case{"a copy", file(invitation), "none"},
             Case{"a copy without METHOD", file(without_method(invitation)), "none"},
             Case{"another event without METHOD", file(without_method(other)), "none"},
             Case{"another event without METHOD that cannot be read", file(broken(without_method(other))), "none"},
             Case{"another event with an alarm that has this UID", file(with_alarm), "none"},
             Case{"text that is no calendar", file("Dear Bob\r\n"), "none"},
             Case{"this event without METHOD that cannot be read", file(broken(without_method(invitation))), "none"},
             Case{"this event and another without METHOD", file(without_method(invitation) + without_method(other)),
                  "parts_disagree"},
             Case{"another event with a METHOD", file(other), "parts_disagree"},
             Case{"another event with a METHOD that cannot be read", file(broken(other)), "parts_disagree"},
             Case{"another event without METHOD that is no file",
                  "Content-Type: text/calendar\r\n\r\n" + without_method(other), "parts_disagree"},
         }) {
        INFO(c.sentence);
        const Inspection got = inspect(
            messages::of_parts({"Content-Type: text/calendar; method=REQUEST\r\n\r\n" + invitation, c.part}), {});
        CHECK(reason_of(got.error) == c.error);
        CHECK((got.usable() != nullptr) == (c.error == "none"));
    }
}

TEST_CASE("an invitation that does not say when it was made was made when its mail was sent") {
    std::string bare = messages::invitation();
    bare.erase(bare.find("DTSTAMP:"), std::string("DTSTAMP:20261120T080000Z\r\n").size());
    const auto stamp = [&](const std::string& fields) {
        const auto got = inspect(messages::of_one_part(fields + "Content-Type: text/calendar\r\n", bare), {});
        return got.usable() ? got.usable()->messages.front().objects.front().dtstamp : reason_of(got.parts.at(0).error);
    };
    CHECK(stamp("Date: Sat, 21 Nov 2026 10:00:00 +0100\r\n") == "20261121T090000Z");
    CHECK(stamp("Date:\r\n Sat, 21 Nov 2026\r\n\t10:00:00 -0500 (EST)\r\n") == "20261121T150000Z");
    CHECK(stamp("date : 21 Nov 2026 10:00:00 GMT\r\n") == "20261121T100000Z");
    CHECK(stamp("X-Date: Sat, 21 Nov 2026 10:00:00 +0100\r\n") == "missing_dtstamp");
    CHECK(stamp("Date: tomorrow\r\n") == "missing_dtstamp");
    CHECK(stamp("Date: Sat, 21 Nov 1926 10:00:00 +0100\r\n") == "missing_dtstamp");
    CHECK(stamp("Date: Sat, 21 Nov 2026 10:00:00 " + std::string(100, '0') + "\r\n") == "missing_dtstamp");
    CHECK(stamp("") == "missing_dtstamp");

    const std::string date = "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\n";
    const std::string signature = "DKIM-Signature: v=1; h=From:\r\n  DATE : Subject; d=example.org; b=x\r\n";
    const std::string other = "DKIM-Signature: v=1; h=From:Subject; d=example.org; bh=date; b=x\r\n";
    CHECK(stamp(signature + date) == "20261121T090000Z");
    CHECK(stamp(signature + "ARC-Message-Signature: i=1; h=from:date; b=x\r\n" + date) == "20261121T090000Z");
    CHECK(stamp(other + date) == "missing_dtstamp");
    CHECK(stamp(signature + other + date) == "missing_dtstamp");
    CHECK(stamp(date + signature + date) == "missing_dtstamp");
    CHECK(stamp(signature + "ARC-Message-Signature: i=1; h=from; b=x\r\n" + date) == "missing_dtstamp");
}

TEST_CASE("what was dropped of a part is told of each of its messages") {
    std::string dirty = messages::invitation();
    dirty.insert(dirty.find("SUMMARY"), "X-BROKEN;X\r\n");
    const auto got = inspect(messages::of_one_part("Content-Type: text/calendar\r\n", dirty), {});
    REQUIRE(got.usable() != nullptr);
    const std::string told = "dropped 1 line that is no valid content line: line 10 X-BROKEN";
    CHECK(got.usable()->messages.at(0).dropped == told);
    CHECK(extraction(got).at("parts").at(0).at("messages").at(0).at("dropped") == told);
    CHECK(to_json(milter::mail::inspection_from(to_json(got))) == to_json(got));
    const json clean = extraction(inspected("reply_alone"));
    CHECK(clean.at("parts").at(0).at("messages").at(0).at("dropped").is_null());
}

TEST_CASE("one part with several events gives a message for each") {
    const Inspection got = inspected("several_events");
    REQUIRE(got.usable() != nullptr);
    REQUIRE(got.usable()->messages.size() == 2);
    CHECK(got.usable()->messages[0].uid == "planning-14a@example.org");
    CHECK(got.usable()->messages[1].uid == "planning-14b@example.org");
    CHECK(got.usable()->messages[0].method == Method::request);
}

TEST_CASE("the method parameter is held against METHOD") {
    const auto with = [](const std::string& parameter) {
        return inspect(
            messages::of_one_part("Content-Type: text/calendar" + parameter + "\r\n", messages::invitation()), {});
    };
    CHECK(with("; method=request").usable() != nullptr);
    CHECK(with("").usable() != nullptr);
    CHECK(reason_of(with("; method=CANCEL").parts.at(0).error) == "method_mismatch");
}

TEST_CASE("the limit of a calendar part is the one of the configuration") {
    milter::mail::InspectLimits limits;
    limits.calendar.bytes = messages::invitation().size();
    const std::string mail = messages::of_one_part("Content-Type: text/calendar\r\n", messages::invitation());
    CHECK(inspect(mail, limits).usable() != nullptr);
    --limits.calendar.bytes;
    CHECK(reason_of(inspect(mail, limits).parts.at(0).error) == "too_large");
}

TEST_CASE("the JSON of the contract") {
    const json got = extraction(inspected("invitation_with_attachment"));
    CHECK(got.at("error").is_null());
    const json& part = got.at("parts").at(0);
    CHECK(part.at("path") == "1.3");
    CHECK(part.at("content_type") == "text/calendar");
    CHECK(part.at("method_parameter") == "REQUEST");
    CHECK(part.at("charset") == "utf-8");
    CHECK(part.at("filename").is_null());
    CHECK(part.at("disposition").is_null());
    CHECK(part.at("bytes").is_number_unsigned());
    CHECK(part.at("duplicate_of").is_null());
    CHECK(part.at("method") == "REQUEST");
    CHECK(part.at("error").is_null());
    const json& object = part.at("objects").at(0);
    CHECK(object.at("component") == "VEVENT");
    CHECK(object.at("uid") == "planning-1@example.org");
    CHECK(object.at("recurrence_id").is_null());
    CHECK(object.at("sequence") == 0);
    CHECK(object.at("dtstamp") == "20261120T080000Z");
    CHECK(object.at("organizer") == "carol@example.org");
    CHECK(object.at("sent_by").is_null());
    CHECK(object.at("attendees") == json::array({"bob@example.com"}));
    CHECK(got.at("parts").at(1).at("duplicate_of") == "1.3");

    const json bad = extraction(inspected("only_an_ics_file")).at("parts").at(0);
    CHECK(bad.at("error") == "not_itip");
    CHECK(bad.at("method").is_null());
    CHECK(bad.at("objects") == json::array());
    CHECK(extraction(inspected("newsletter")) ==
          json({{"parts", json::array()}, {"error", "no_calendar"}, {"detail", ""}}));
}

TEST_CASE("JSON goes over a border and comes back the same") {
    for (const std::string& name : messages::names()) {
        INFO(name);
        const json there = to_json(inspected(name));
        CHECK(to_json(milter::mail::inspection_from(there)) == there);
    }
}

TEST_CASE("JSON that was not written here is not read") {
    const json good = to_json(inspected("invitation_with_attachment"));
    const auto reads = [](const json& value) {
        try {
            milter::mail::inspection_from(value);
            return true;
        } catch (const json::exception&) {
        } catch (const std::invalid_argument&) {
        }
        return false;
    };
    REQUIRE(reads(good));
    std::vector<json> wrong{
        nullptr, 1, "text", json::array(), json::object(), {{"parts", 1}, {"error", nullptr}, {"detail", nullptr}}};
    for (const char* const change : {R"({"error": "no_such_word"})", R"({"error": "bad_mime"})",
                                     R"({"detail": "alone"})", R"({"extra": 1})", R"({"parts": {}})"}) {
        wrong.push_back(good);
        wrong.back().merge_patch(json::parse(change));
    }
    for (const auto& [key, value] : good.at("parts").at(0).items()) {
        wrong.push_back(good);
        wrong.back()["parts"][0].erase(key);
    }
    wrong.push_back(good);
    wrong.back()["parts"][0]["error"] = "bad_calendar";
    wrong.back()["parts"][0]["detail"] = "an error beside messages";
    for (const json& value : wrong) {
        INFO(value.dump());
        CHECK_FALSE(reads(value));
    }
}

TEST_CASE("no charset declared: it must be valid UTF-8, with or without a byte order mark") {
    const auto of = [](const std::string& body) {
        return milter::mail::inspect(messages::of_one_part("Content-Type: text/calendar\r\n", body), {});
    };
    CHECK(of(messages::invitation()).usable() != nullptr);
    CHECK(of("\xEF\xBB\xBF" + messages::invitation()).usable() != nullptr);
    std::string utf16 = "\xFF\xFE";
    for (const char c : messages::invitation())
        utf16 += std::string{c, '\0'};
    CHECK(of(utf16).parts.at(0).error->reason == Reason::bad_encoding);
}

TEST_CASE("the parameter missing, METHOD alone counts; the parameter alone is no METHOD") {
    CHECK(milter::mail::inspect(
              messages::of_one_part("Content-Type: application/ics; name=a.ics\r\n", messages::invitation()), {})
              .usable() != nullptr);
    std::string bare = messages::invitation();
    bare.erase(bare.find("METHOD:"), std::string("METHOD:REQUEST\r\n").size());
    const auto got =
        milter::mail::inspect(messages::of_one_part("Content-Type: text/calendar; method=REQUEST\r\n", bare), {});
    CHECK(got.parts.at(0).error->reason == Reason::not_itip);
}
