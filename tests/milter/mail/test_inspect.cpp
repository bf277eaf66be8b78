#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "milter/mail/inspect.h"
#include "tests/milter/mail/mails.h"

using calendar::itip::Method;
using calendar::itip::Reason;
using milter::mail::inspect;
using milter::mail::Inspection;
using nlohmann::json;

namespace {

Inspection inspected(const std::string& name) {
    return inspect(mails::named(name), {});
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
             Case{"a file without METHOD of another event is no copy", "attachment_of_another_event", "parts_disagree",
                  "", "", "not_itip"},
             Case{"another start makes another meaning", "parts_disagree", "parts_disagree", "", "", ""},
             Case{"a part that cannot be used stands against the one that can", "one_part_unusable", "parts_disagree",
                  "", "", "bad_calendar"},
             Case{"a file without METHOD alone is no iTIP", "only_an_ics_file", "none", "", "", "not_itip"},
             Case{"an attached mail stays closed", "forwarded_invitation", "no_calendar", "", "", ""},
             Case{"no calendar at all", "newsletter", "no_calendar", "", "", ""},
             Case{"a mail that is nothing but a reply", "reply_alone", "none", "1", "", ""},
             Case{"latin-1", "latin1", "none", "1", "", ""},
             Case{"UTF-16 with its byte order mark", "utf16", "none", "1", "", ""},
             Case{"latin-1 that says nothing is not guessed", "undeclared_latin1", "none", "", "", "bad_encoding"},
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
            }
            if (part.error) part_errors += reason_of(part.error);
            CHECK((part.messages.empty() || !part.error));
        }
        CHECK(duplicates == c.duplicates);
        CHECK(part_errors == c.part_errors);
    }
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
        return inspect(mails::of_one_part("Content-Type: text/calendar" + parameter + "\r\n", mails::invitation()), {});
    };
    CHECK(with("; method=request").usable() != nullptr);
    CHECK(with("").usable() != nullptr);
    CHECK(reason_of(with("; method=CANCEL").parts.at(0).error) == "method_mismatch");
}

TEST_CASE("the limit of a calendar part is the one of the configuration") {
    milter::mail::InspectLimits limits;
    limits.calendar.bytes = mails::invitation().size();
    const std::string mail = mails::of_one_part("Content-Type: text/calendar\r\n", mails::invitation());
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
    for (const std::string& name : mails::names()) {
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
        return milter::mail::inspect(mails::of_one_part("Content-Type: text/calendar\r\n", body), {});
    };
    CHECK(of(mails::invitation()).usable() != nullptr);
    CHECK(of("\xEF\xBB\xBF" + mails::invitation()).usable() != nullptr);
    std::string utf16 = "\xFF\xFE";
    for (const char c : mails::invitation())
        utf16 += std::string{c, '\0'};
    CHECK(of(utf16).parts.at(0).error->reason == Reason::bad_encoding);
}

TEST_CASE("the parameter missing, METHOD alone counts; the parameter alone is no METHOD") {
    CHECK(milter::mail::inspect(
              mails::of_one_part("Content-Type: application/ics; name=a.ics\r\n", mails::invitation()), {})
              .usable() != nullptr);
    std::string bare = mails::invitation();
    bare.erase(bare.find("METHOD:"), std::string("METHOD:REQUEST\r\n").size());
    const auto got =
        milter::mail::inspect(mails::of_one_part("Content-Type: text/calendar; method=REQUEST\r\n", bare), {});
    CHECK(got.parts.at(0).error->reason == Reason::not_itip);
}
