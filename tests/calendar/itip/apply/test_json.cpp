#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/itip/apply/json.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/reasons.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using nlohmann::json;

namespace {

ItipMessage message() {
    load_zones();
    ItipMessage read = read_itip(texts::fixture("exchange-series.ics"), {}, {}, {}).value().front();
    read.dropped = "dropped 1 line";
    return read;
}

ReplyMark mark() {
    return {"bob@example.com", "20261208T080000Z", 3, "20261121T020000Z"};
}

ApplyInput input() {
    const auto address = [](const char* text) { return Address::parse(text).value(); };
    ApplyInput all;
    all.stored = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
    all.message = message().content;
    all.dropped = message().dropped;
    all.recipient = {address("bob@example.com"), address("robert@example.com")};
    all.recipient_uris = {"/principals/users/bob/", "urn:uuid:1"};
    all.envelope_recipient = address("list@example.com");
    all.sender = address("carol@example.org");
    all.sent_by_allowed = true;
    all.sender_known = true;
    all.publish_allowed = true;
    all.partstat = Partstat::ask;
    all.schedule_agent = ScheduleAgent::client;
    all.home = "Europe/Berlin";
    all.marks = {mark()};
    all.options.cancelled = Options::Cancelled::remove;
    all.options.cancelled_instance = Options::CancelledInstance::mark;
    all.options.party_crashers = Options::PartyCrashers::add;
    all.options.delegation = Options::Delegation::never;
    all.options.organizer_change = Options::OrganizerChange::same_domain;
    all.options.delegates = 3;
    all.options.strip_alarms = false;
    return all;
}

/// Throws what reading is allowed to throw, and nothing else?
bool refused(const std::function<void()>& read) {
    try {
        read();
    } catch (const json::exception&) {
        return true;
    } catch (const std::invalid_argument&) {
        return true;
    }
    return false;
}

/// The keys whose value may be null.
bool may_be_null(const std::string& key) {
    const std::vector<std::string> keys{"recurrence_id", "stored",    "sender", "envelope_recipient",
                                        "object",        "organizer", "sent_by"};
    return std::ranges::find(keys, key) != keys.end();
}

/// The document with each of its values, one after the other, taken away or replaced by one of another type, with a key
/// added to each object, and what is no object at all.
std::vector<json> spoilt(const json& whole) {
    std::vector<json> all{json(), json(1), json("x"), json::array(), json::object()};
    const auto changed = [&](const auto& change) {
        json copy = whole;
        change(copy);
        all.push_back(std::move(copy));
    };
    const json flat = whole.flatten();
    for (const auto& [path, value] : flat.items()) {
        const json::json_pointer at(path);
        for (const json& wrong : {json(7.5), json::array({1}), json::object({{"a", 1}})})
            changed([&](json& copy) { copy[at] = wrong; });
        if (!value.is_string() && !value.is_null()) changed([&](json& copy) { copy[at] = "text"; });
        if (!value.is_null() && !may_be_null(at.back())) changed([&](json& copy) { copy[at] = nullptr; });
        if (!whole[at.parent_pointer()].is_object()) continue;
        changed([&](json& copy) { copy[at.parent_pointer()].erase(at.back()); });
        changed([&](json& copy) { copy[at.parent_pointer()]["more"] = 1; });
    }
    return all;
}

}  // namespace

TEST_CASE("every value comes back as it went") {
    const json a = to_json(message());
    CHECK(to_json(message_from(json::parse(a.dump()))) == a);
    const json b = to_json(input());
    CHECK(to_json(apply_input_from(json::parse(b.dump()))) == b);
    ApplyInput nothing;
    nothing.schedule_agent = ScheduleAgent::none;
    CHECK(to_json(apply_input_from(to_json(nothing))) == to_json(nothing));
    for (const Outcome::Kind kind : {Outcome::Kind::created, Outcome::Kind::updated, Outcome::Kind::removed,
                                     Outcome::Kind::unchanged, Outcome::Kind::refused}) {
        const Outcome outcome{kind, Reason::uninvited, "detail ä", "BEGIN:VCALENDAR\r\n", {mark(), mark()}};
        const Outcome again = outcome_from(json::parse(to_json(outcome).dump()));
        CHECK(again.kind == kind);
        CHECK(again.reason == Reason::uninvited);
        CHECK(again.detail == outcome.detail);
        CHECK(again.object == outcome.object);
        CHECK(again.marks == outcome.marks);
    }
    const auto stored = describe(texts::fixture("exchange-series.ics"));
    REQUIRE(stored);
    const json c = to_json(*stored);
    CHECK(to_json(stored_object_from(json::parse(c.dump()))) == c);
    for (const Reason reason : tests::all_reasons()) {
        const Refusal again = refusal_from(to_json(Refusal{reason, "line 3"}));
        CHECK(again.reason == reason);
        CHECK(again.detail == "line 3");
    }
    CHECK(reply_mark_from(to_json(mark())) == mark());
}

TEST_CASE("the keys are those that the header names") {
    const json object = to_json(message())["objects"][0];
    CHECK(object["component"] == "VEVENT");
    CHECK(object["uid"] == "040000008200E00074C5B7101A82E00800000000EXAMPLE");
    CHECK(object["recurrence_id"] == nullptr);
    CHECK(object["sequence"] == 3);
    CHECK(object["dtstamp"] == "20261121T020000Z");
    CHECK(object["organizer"]["address"] == "carol@example.org");
    CHECK(object["organizer"]["sent_by"] == "dave@example.org");
    REQUIRE(object["attendees"].size() == 2);
    CHECK(object["attendees"][1]["address"] == "grace@example.net");
    const json outcome = to_json(Outcome{Outcome::Kind::created, Reason::new_event, "d", std::nullopt, {}});
    CHECK(outcome == json({{"outcome", "created"},
                           {"reason", "new_event"},
                           {"detail", "d"},
                           {"object", nullptr},
                           {"marks", json::array()}}));
    CHECK(to_json(input())["options"]["strip_alarms"] == "false");
}

TEST_CASE("a party has its EMAIL, when it has one") {
    json m = to_json(message());
    CHECK_FALSE(m["objects"][0]["organizer"].contains("email"));
    m["objects"][0]["organizer"]["email"] = "carol@home.example";
    CHECK(to_json(message_from(m)) == m);
    CHECK(message_from(m).organizer()->email->text() == "carol@home.example");
}

TEST_CASE("anything that was not written by us is refused") {
    struct Row {
        const char* what;
        json whole;
        std::function<void(const json&)> read;
    };
    const std::vector<Row> rows{
        {"message", to_json(message()), [](const json& j) { message_from(j); }},
        {"apply input", to_json(input()), [](const json& j) { apply_input_from(j); }},
        {"outcome", to_json(Outcome{Outcome::Kind::updated, Reason::changed_event, "d", "o", {mark()}}),
         [](const json& j) { outcome_from(j); }},
        {"stored object", to_json(describe(texts::fixture("request.ics")).value()),
         [](const json& j) { stored_object_from(j); }},
        {"refusal", to_json(Refusal{Reason::bad_calendar, "d"}), [](const json& j) { refusal_from(j); }},
        {"mark", to_json(mark()), [](const json& j) { reply_mark_from(j); }},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.what));
        CHECK_NOTHROW(row.read(row.whole));
        for (const json& changed : spoilt(row.whole)) {
            INFO(json::diff(row.whole, changed).dump());
            CHECK(refused([&] { row.read(changed); }));
        }
    }
}

TEST_CASE("words and addresses that are none are refused") {
    const auto changed = [](json whole, const char* path, const json& value) {
        whole[json::json_pointer(path)] = value;
        return whole;
    };
    const json m = to_json(message());
    CHECK(refused([&] { message_from(changed(m, "/method", "INVITE")); }));
    CHECK(refused([&] { message_from(changed(m, "/method", "request")); }));
    CHECK(refused([&] { message_from(changed(m, "/hazards", json::array({"fire"}))); }));
    CHECK(refused([&] { message_from(changed(m, "/objects", json::array())); }));
    CHECK(refused([&] { message_from(changed(m, "/objects/0/organizer/address", "Carol@example.org")); }));
    CHECK(refused([&] { message_from(changed(m, "/objects/0/organizer/address", "nobody")); }));
    CHECK(refused([&] { message_from(changed(m, "/objects/0/organizer/email", "nobody")); }));
    CHECK(refused([&] { message_from(changed(m, "/objects/0/sequence", 3.0)); }));
    CHECK(refused([&] { message_from(changed(m, "/objects/0/sequence", 9'300'000'000'000'000'000ULL)); }));
    const json i = to_json(input());
    CHECK(refused([&] { apply_input_from(changed(i, "/options/cancelled", "burn")); }));
    CHECK(refused([&] { apply_input_from(changed(i, "/options/frob", "x")); }));
    CHECK(refused([&] { apply_input_from(changed(i, "/schedule_agent", "SERVER")); }));
    CHECK(refused([&] { apply_input_from(changed(i, "/partstat", "ACCEPTED")); }));
    const json o = to_json(Outcome{});
    CHECK(refused([&] { outcome_from(changed(o, "/outcome", "exploded")); }));
    CHECK(refused([&] { outcome_from(changed(o, "/reason", "because")); }));
}
