#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/apply/json.h"
#include "calendar/itip/read/calendar_text.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace calendar::itip;

/// A calendar object (or nothing), a line `=== message WORD…`, a calendar part. The words are those of set_word().
struct Scenario {
    ApplyInput input;
    std::string_view part;
};

/// `publish`, `sent_by`, `known`, `ask`, `agent=client`, `agent=none`, or KEY=VALUE of `itip:`; others are passed over.
void set_word(ApplyInput& input, std::string_view word) {
    if (word == "publish") input.publish_allowed = true;
    if (word == "sent_by") input.sent_by_allowed = true;
    if (word == "known") input.sender_known = true;
    if (word == "ask") input.partstat = Partstat::ask;
    if (word == "agent=client") input.schedule_agent = ScheduleAgent::client;
    if (word == "agent=none") input.schedule_agent = ScheduleAgent::none;
    if (const auto equals = word.find('='); equals != std::string_view::npos)
        (void)input.options.set(word.substr(0, equals), word.substr(equals + 1));
}

Scenario read_scenario(std::string_view text) {
    constexpr std::string_view marker = "=== message";
    Scenario scenario;
    const auto at = text.find(marker);
    if (at == std::string_view::npos) return scenario;
    if (at > 0) scenario.input.stored = text.substr(0, at);
    const auto end = std::min(text.find('\n', at), text.size());
    std::string_view words = text.substr(at + marker.size(), end - at - marker.size());
    while (!words.empty()) {
        const auto space = std::min(words.find(' '), words.size());
        set_word(scenario.input, words.substr(0, space));
        words.remove_prefix(std::min(space + 1, words.size()));
    }
    scenario.part = text.substr(std::min(end + 1, text.size()));
    return scenario;
}

bool changes(const Outcome& outcome) {
    return outcome.kind != Outcome::Kind::refused && outcome.kind != Outcome::Kind::unchanged;
}

/// Outcomes cross the border of a cell.
void check_crossing(const Outcome& outcome) {
    using nlohmann::json;
    Outcome head = outcome;  // the object goes beside it, as bytes
    head.object.reset();
    const Outcome arrived =
        outcome_from(json::parse(to_json(head).dump(-1, ' ', false, json::error_handler_t::replace)));
    fuzz::must(arrived.kind == outcome.kind && arrived.marks == outcome.marks, "an outcome crosses the border");
}

void check_object(const std::string& object) {
    // Without the zones of the system, the rules of their VTIMEZONEs are read too.
    const auto read = read_calendar(object, {.limits = stored_limits, .of = Reading::Of::stored});
    fuzz::must(read && read->calendars.size() == 1, "what is stored is one calendar");
    const Component& calendar = read->calendars.front();
    fuzz::must(calendar.find("METHOD") == nullptr, "what is stored has no METHOD");
    fuzz::must(calendar.value("VERSION") == "2.0", "what is stored has the VERSION");
    fuzz::must(write_document(calendar) == object, "what is stored is written as it is read");
}

void check_outcome(const ApplyInput& input, const Outcome& outcome) {
    fuzz::must(!outcome.detail.empty(), "an outcome has a detail");
    fuzz::must(outcome.detail.find('\n') == std::string::npos, "a detail is one line");
    check_crossing(outcome);
    if (outcome.kind == Outcome::Kind::refused) fuzz::must(outcome.marks == input.marks, "a refusal keeps the marks");
    if (!changes(outcome)) {
        fuzz::must(outcome.object == input.stored, "who changes nothing leaves the object byte for byte");
        return;
    }
    fuzz::must(outcome.object.has_value() == (outcome.kind != Outcome::Kind::removed),
               "only the removed has no object");
    fuzz::must((outcome.kind == Outcome::Kind::created) == !input.stored, "what was not there is created");
    if (!outcome.object) return;
    check_object(*outcome.object);
    const bool sound =
        !input.stored || describe(*input.stored).has_value();  // a calendar may hold what nobody can read
    fuzz::must(!sound || describe(*outcome.object).has_value(), "what is stored describes itself");
}

/// What a message may do to whoever looks at it, and no more, is what the event in the calendar may do.
void check_content(const std::vector<Hazard>& brought, const std::string& object) {
    Effort effort(Effort::of_a_message(object.size()));
    for (const Hazard hazard : find_hazards(read_stored_text(object).value().front(), {}, effort))
        if (hazard == Hazard::alarm_action || hazard == Hazard::local_attachment ||
            hazard == Hazard::html_description || hazard == Hazard::unsafe_link)
            fuzz::must(std::ranges::find(brought, hazard) != brought.end(), "what is stored has no hazard of its own");
}

void check_for(const ApplyInput& input, const ItipMessage& message) {
    const Outcome first = apply(input);
    check_outcome(input, first);
    if (first.kind == Outcome::Kind::created) check_content(message.hazards, *first.object);
    // Mail comes at least once.
    ApplyInput again = input;
    again.stored = first.object;
    again.marks = first.marks;
    const Outcome second = apply(again);
    check_outcome(again, second);
    fuzz::must(!changes(second), "the same message again changes nothing");
    fuzz::must(second.marks == first.marks, "the same message again leaves the marks");
}

}  // namespace

/// A stored object and a message for it, see read_scenario(): applied for the attendee and for the organizer, twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool prepared [[maybe_unused]] = (load_zones(), true);
    static const std::vector<Address> recipients{Address::parse("bob@example.com").value(),
                                                 Address::parse("carol@example.org").value()};
    Scenario scenario = read_scenario(fuzz::text_of(data, size));
    const auto messages = read_itip(scenario.part, std::nullopt, {}, {});
    if (!messages) return 0;
    scenario.input.message = messages->front().content;
    scenario.input.dropped = messages->front().dropped;
    for (const Address& recipient : recipients) {
        scenario.input.recipient = {recipient};
        check_for(scenario.input, messages->front());
    }
    return 0;
}
