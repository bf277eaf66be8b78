#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/apply/json.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/apply_cases.h"
#include "tests/calendar/itip/parsed.h"

namespace {

using namespace apply_cases;
using namespace calendar::itip;
namespace fs = std::filesystem;

std::optional<Address> address(const nlohmann::json& head, const char* key) {
    if (!head.contains(key) || head[key].is_null()) return std::nullopt;
    return Address::parse(head[key].get<std::string>()).value();
}

ApplyInput input_of(const Scenario& scenario) {
    ApplyInput input;
    const auto& head = scenario.head;
    input.stored = scenario.existing;
    for (const auto& text : head.at("recipient"))
        input.recipient.push_back(Address::parse(text.get<std::string>()).value());
    for (const auto& text : head.value("recipient_uris", nlohmann::json::array()))
        input.recipient_uris.push_back(text.get<std::string>());
    input.sender = address(head, "sender");
    input.envelope_recipient = address(head, "envelope_recipient");
    input.sent_by_allowed = head.value("sent_by_allowed", false);
    input.sender_known = head.value("sender_known", false);
    input.publish_allowed = head.value("publish_allowed", false);
    const std::string agent = head.value("schedule_agent", "server");
    input.schedule_agent = agent == "none"     ? ScheduleAgent::none
                           : agent == "client" ? ScheduleAgent::client
                                               : ScheduleAgent::server;
    if (head.value("partstat", "keep") == "ask") input.partstat = Partstat::ask;
    input.home = head.value("home", "");
    const auto options = head.value("options", nlohmann::json::object());
    for (const auto& [key, value] : options.items())
        REQUIRE(input.options.set(key, value.get<std::string>()));
    const auto marks = head.value("marks", nlohmann::json::array());
    for (const auto& mark : marks)
        input.marks.push_back(reply_mark_from(mark));
    return input;
}

Outcome apply_part(const ApplyInput& without_message, const std::string& part) {
    ApplyInput input = without_message;
    const auto messages = read_itip(part, std::nullopt, {}, {});
    if (!messages)
        return {Outcome::Kind::refused, messages.error().reason, messages.error().detail, input.stored, input.marks};
    REQUIRE(messages->size() == 1);
    input.message = messages->front().content;
    input.dropped = messages->front().dropped;
    return apply(input);
}

/// The content lines, unfolded, in the order of the text.
Lines content_lines(std::string text) {
    for (const char* const fold : {"\r\n ", "\r\n\t"})
        for (auto at = text.find(fold); at != std::string::npos; at = text.find(fold, at))
            text.erase(at, 3);
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line.substr(0, line.find('\r')));
    return lines;
}

std::string said(const Outcome& outcome) {
    return std::string(word(outcome.kind)) + ' ' + std::string(word(outcome.reason));
}

std::string text_of(const std::vector<ReplyMark>& marks) {
    std::set<std::string> texts;
    for (const ReplyMark& mark : marks)
        texts.insert(to_json(mark).dump());
    std::string text;
    for (const std::string& one : texts)
        text += one + '\n';
    return text;
}

bool changes(const Outcome& outcome) {
    return outcome.kind != Outcome::Kind::refused && outcome.kind != Outcome::Kind::unchanged;
}

/// What holds for every outcome, whatever the case is about.
void check_always(const ApplyInput& input, const Step& step, const Outcome& outcome) {
    CHECK_FALSE(outcome.detail.empty());
    CHECK_MESSAGE(outcome.detail.find('\n') == std::string::npos, outcome.detail);
    if (outcome.kind == Outcome::Kind::refused) CHECK(outcome.marks == input.marks);
    if (!changes(outcome)) {
        CHECK(outcome.object == input.stored);
        return;
    }
    CHECK(outcome.object.has_value() == (outcome.kind != Outcome::Kind::removed));
    CHECK((outcome.kind == Outcome::Kind::created) == !input.stored.has_value());
    if (outcome.object) {
        const Component calendar = parsed::stored(*outcome.object);
        CHECK(calendar.find("METHOD") == nullptr);
        CHECK(calendar.value("VERSION") == "2.0");
        CHECK_FALSE(calendar.value("PRODID").empty());
    }
    // At least once: the same message again must do nothing.
    ApplyInput again = input;
    again.stored = outcome.object;
    again.marks = outcome.marks;
    const Outcome second = apply_part(again, step.message);
    INFO("the same message again: ", said(second), "; ", second.detail);
    CHECK_FALSE(changes(second));
    CHECK(second.object == outcome.object);
}

void check_object(const Step& step, const Outcome& outcome) {
    const std::string object = outcome.object.value_or("");
    INFO("got:\n", object);
    if (step.object) CHECK(content_lines(object) == content_lines(*step.object));
    const Lines lines = content_lines(object);
    for (const std::string& line : step.has)
        CHECK_MESSAGE(std::ranges::find(lines, line) != lines.end(), "it lacks " << line);
    for (const std::string& start : step.lacks)
        for (const std::string& line : lines)
            CHECK_MESSAGE(!line.starts_with(start), "it has " << line);
    for (const std::string& piece : step.detail)
        CHECK_MESSAGE(outcome.detail.find(piece) != std::string::npos, "the detail lacks " << piece);
    if (step.marks) {
        std::vector<ReplyMark> expected;
        for (const auto& mark : *step.marks)
            expected.push_back(reply_mark_from(mark));
        CHECK(text_of(outcome.marks) == text_of(expected));
    }
}

std::vector<fs::path> scenario_files() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TEST_DATA) / "apply"))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

}  // namespace

TEST_CASE("every case under tests/data/apply comes out as its file says") {
    load_zones();
    for (const fs::path& file : scenario_files()) {
        const std::string sentence = file.parent_path().filename().string() + ": " + file.stem().string();
        INFO(sentence);
        const Scenario scenario = read_scenario(file);
        REQUIRE_FALSE(scenario.steps.empty());
        ApplyInput input = input_of(scenario);
        for (std::size_t number = 0; number < scenario.steps.size(); ++number) {
            const Step& step = scenario.steps[number];
            if (!step.sender.empty()) input.sender = Address::parse(step.sender).value();
            if (step.deleted) input.stored.reset();
            const Outcome outcome = apply_part(input, step.message);
            INFO("message ", number + 1, ": ", outcome.detail);
            CHECK(said(outcome) == step.expected);
            check_always(input, step, outcome);
            check_object(step, outcome);
            input.stored = outcome.object;
            input.marks = outcome.marks;
        }
    }
}

TEST_CASE("every reason that apply can give is expected by a case") {
    std::set<std::string> expected;
    for (const fs::path& file : scenario_files())
        for (const Step& step : read_scenario(file).steps)
            expected.insert(step.expected.substr(step.expected.find(' ') + 1));
    // not_itip, missing_uid and bad_recurrence_id of a message that was not read before: test_apply.cpp.
    for (const Reason reason : {Reason::bad_calendar,
                                Reason::too_complex,
                                Reason::unsupported_method,
                                Reason::missing_organizer,
                                Reason::missing_attendee,
                                Reason::bad_recurrence_id,
                                Reason::not_addressed,
                                Reason::own_message,
                                Reason::organizer_mismatch,
                                Reason::component_mismatch,
                                Reason::sender_not_organizer,
                                Reason::sender_not_attendee,
                                Reason::party_crasher,
                                Reason::unverified_delegation,
                                Reason::stale_sequence,
                                Reason::stale_dtstamp,
                                Reason::stale_reply,
                                Reason::duplicate,
                                Reason::unknown_event,
                                Reason::unknown_instance,
                                Reason::cancelled_event,
                                Reason::new_event,
                                Reason::new_instance,
                                Reason::changed_event,
                                Reason::changed_instance,
                                Reason::reply_recorded,
                                Reason::attendee_added,
                                Reason::cancelled_instance,
                                Reason::removed_event,
                                Reason::uninvited,
                                Reason::hazard})
        CHECK_MESSAGE(expected.contains(std::string(word(reason))), word(reason));
}
