#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/state/payload.h"
#include "calendar/itip/apply/json.h"
#include "tests/calendar/delivery/samples.h"
#include "tests/support/process.h"

using namespace calendar::delivery;
using nlohmann::json;

namespace {

/// What version 1 has written: these files never change.
const std::vector<std::string> kept{"decided", "undecided"};

json file(const std::string& name) {
    return json::parse(tests::read_text(std::filesystem::path(TEST_DATA) / "queue" / (name + ".json")));
}

Job read(const json& payload) {
    Job job;
    job.uid = "party@example.org";  // as the columns have it
    read_payload(job, payload);
    return job;
}

}  // namespace

TEST_CASE("a job comes back from its payload as it was") {
    auto job = tests::sample_job("id");
    job.facts = json{{"spam", false}};
    job.organizer = calendar::itip::Address::parse("carol@example.org");
    job.input.publish_allowed = true;
    job.input.sender_known = true;
    job.input.partstat = calendar::itip::Partstat::ask;
    const auto again = read(json::parse(payload_of(job).dump()));
    CHECK(payload_of(again) == payload_of(job));
    CHECK(again.organizer == job.organizer);
    CHECK(again.address == "bob@example.com");
    CHECK(*again.facts == json({{"spam", false}}));
    CHECK(again.input.publish_allowed);
    CHECK(again.input.sender_known);
    CHECK(again.input.partstat == calendar::itip::Partstat::ask);
    CHECK(again.input.sender == calendar::itip::Address::parse("carol@example.org"));
}

TEST_CASE("kept payloads are read whole") {
    for (const auto& name : kept) {
        CAPTURE(name);
        CHECK(payload_of(read(file(name))) == file(name));
    }
    const auto job = read(file("decided"));
    CHECK(job.input.schedule_agent == calendar::itip::ScheduleAgent::client);
    CHECK(job.input.options.delegation == calendar::itip::Options::Delegation::claimed);
    CHECK(job.input.recipient.size() == 2);
}

TEST_CASE("what an older version did not write has its default, and what a later one no longer has is ignored") {
    const auto defaults = payload_of(Job{});
    for (const auto& name : kept)
        for (const std::string place : {"", "/input", "/input/options"}) {
            const json::json_pointer at(place);
            const auto whole = file(name);
            for (const auto& [key, value] : whole.at(at).items()) {
                CAPTURE(name);
                CAPTURE(place);
                CAPTURE(key);
                auto older = whole, wanted = whole;
                older.at(at).erase(key);
                if (key == "input" || key == "message") {
                    CHECK_THROWS(read(older));
                    continue;
                }
                wanted.at(at)[key] = key == "version" ? json(payload_version) : defaults.at(at).at(key);
                older.at(at)["unheard_of"] = {{"a", 1}};
                CHECK(payload_of(read(older)) == wanted);
            }
        }
}

TEST_CASE("a value of an option that there is no longer is as if it were not set") {
    auto older = file("decided");
    older["input"]["options"]["delegation"] = "sometimes";
    CHECK(read(older).input.options.delegation == calendar::itip::Options().delegation);
}

TEST_CASE("a payload that cannot be read is not taken for another") {
    for (const char* change : {R"({"input": 1})", R"({"input": {"message": 1}})", R"({"input": {"message": ""}})",
                               R"({"input": {"sender": "nobody"}})", R"({"input": {"schedule_agent": "fate"}})",
                               R"({"version": "1"})", R"({"address": 1})"}) {
        CAPTURE(change);
        auto payload = file("decided");
        payload.merge_patch(json::parse(change));
        CHECK_THROWS(read(payload));
    }
    CHECK_THROWS(read(json::array()));
}

TEST_CASE("of a newer version nothing is read") {
    auto newer = file("decided");
    newer["version"] = 2;
    CHECK_THROWS_AS(read(newer), NewerPayload);
}

TEST_CASE("a kept message has defaults down to its parties") {
    const auto written = file("undecided").at("facts").at("message");
    calendar::itip::ItipMessage defaults;
    defaults.uid = "from the columns";
    CHECK(calendar::itip::to_json(kept_message_from(written, defaults)) == written);
    auto older = written;
    older.erase("uid");
    older["new"] = 1;
    auto& object = older["objects"][0];
    object.erase("sequence");
    object["new"] = 1;
    object["organizer"].erase("sent_by");
    object["attendees"][0].erase("delegated_to");
    object["attendees"][0]["new"] = 1;
    const auto message = kept_message_from(older, defaults);
    CHECK(message.uid == "from the columns");
    CHECK(message.objects.at(0).sequence == 0);
    CHECK(message.objects.at(0).attendees.at(0).address.text() == "bob@example.com");
    CHECK_FALSE(message.organizer()->email);
    object["organizer"]["email"] = "carol@home.example";
    CHECK(kept_message_from(older, defaults).organizer()->email->text() == "carol@home.example");
    object["organizer"].erase("address");
    CHECK_THROWS(kept_message_from(older, defaults));
    older.erase("objects");
    CHECK_THROWS(kept_message_from(older, defaults));
}
