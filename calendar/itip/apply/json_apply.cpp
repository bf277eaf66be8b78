#include <array>

#include "calendar/itip/apply/json.h"
#include "calendar/itip/read/json_pieces.h"

namespace calendar::itip {

namespace {

using namespace json_pieces;

std::string_view option_word(Options::Cancelled value) noexcept {
    switch (value) {
        case Options::Cancelled::mark:
            return "mark";
        case Options::Cancelled::remove:
            return "remove";
    }
    return {};
}

std::string_view option_word(Options::CancelledInstance value) noexcept {
    switch (value) {
        case Options::CancelledInstance::exdate:
            return "exdate";
        case Options::CancelledInstance::mark:
            return "mark";
    }
    return {};
}

std::string_view option_word(Options::PartyCrashers value) noexcept {
    switch (value) {
        case Options::PartyCrashers::refuse:
            return "refuse";
        case Options::PartyCrashers::hold:
            return "hold";
        case Options::PartyCrashers::add:
            return "add";
    }
    return {};
}

std::string_view option_word(Options::Delegation value) noexcept {
    switch (value) {
        case Options::Delegation::verified:
            return "verified";
        case Options::Delegation::claimed:
            return "claimed";
        case Options::Delegation::never:
            return "never";
    }
    return {};
}

std::string_view option_word(Options::OrganizerChange value) noexcept {
    switch (value) {
        case Options::OrganizerChange::refuse:
            return "refuse";
        case Options::OrganizerChange::same_domain:
            return "same_domain";
    }
    return {};
}

json options(const Options& value) {
    json out;
    out["cancelled"] = option_word(value.cancelled);
    out["cancelled_instance"] = option_word(value.cancelled_instance);
    out["party_crashers"] = option_word(value.party_crashers);
    out["delegation"] = option_word(value.delegation);
    out["organizer_change"] = option_word(value.organizer_change);
    out["strip_alarms"] = value.strip_alarms ? "true" : "false";
    return out;
}

constexpr std::array<std::pair<ScheduleAgent, std::string_view>, 3> agents{
    {{ScheduleAgent::server, "server"}, {ScheduleAgent::client, "client"}, {ScheduleAgent::none, "none"}}};

constexpr std::array kinds{Outcome::Kind::created, Outcome::Kind::updated, Outcome::Kind::removed,
                           Outcome::Kind::unchanged, Outcome::Kind::refused};

json mark_json(const ReplyMark& mark) {
    return to_json(mark);
}

Options options_from(const json& source) {
    Options value;
    for (const auto& [key, word] : with_keys(source, 6).items())
        if (auto fine = value.set(key, text_of(word)); !fine) throw std::invalid_argument("json: " + fine.error());
    return value;
}

ScheduleAgent agent_of(const std::string& word) {
    for (const auto& [agent, agent_word] : agents)
        if (agent_word == word) return agent;
    throw std::invalid_argument("json: no schedule_agent");
}

Outcome::Kind kind_of(const std::string& text) {
    for (const Outcome::Kind kind : kinds)
        if (word(kind) == text) return kind;
    throw std::invalid_argument("json: no outcome");
}

}  // namespace

json to_json(const ApplyInput& input) {
    std::string_view agent;
    for (const auto& [value, agent_word] : agents)
        if (value == input.schedule_agent) agent = agent_word;
    json out;
    out["stored"] = text_or_null(input.stored);
    out["message"] = input.message;
    out["recipient"] = list(input.recipient, address);
    out["envelope_recipient"] = address_or_null(input.envelope_recipient);
    out["sender"] = address_or_null(input.sender);
    out["sent_by_allowed"] = input.sent_by_allowed;
    out["publish_allowed"] = input.publish_allowed;
    out["schedule_agent"] = agent;
    out["home"] = input.home;
    out["marks"] = list(input.marks, mark_json);
    out["options"] = options(input.options);
    return out;
}

json to_json(const Outcome& outcome) {
    json out;
    out["outcome"] = word(outcome.kind);
    out["reason"] = word(outcome.reason);
    out["detail"] = outcome.detail;
    out["object"] = text_or_null(outcome.object);
    out["marks"] = list(outcome.marks, mark_json);
    return out;
}

json to_json(const Refusal& refusal) {
    json out;
    out["reason"] = word(refusal.reason);
    out["detail"] = refusal.detail;
    return out;
}

json to_json(const ReplyMark& mark) {
    json out;
    out["attendee"] = mark.attendee;
    out["recurrence_id"] = mark.recurrence_id;
    out["sequence"] = mark.sequence;
    out["dtstamp"] = mark.dtstamp;
    return out;
}

ApplyInput apply_input_from(const json& source) {
    with_keys(source, 11);
    return {optional_text(source.at("stored")),
            text_of(source.at("message")),
            list_of(source.at("recipient"), address_of),
            optional_address(source.at("envelope_recipient")),
            optional_address(source.at("sender")),
            source.at("sent_by_allowed").get<bool>(),
            source.at("publish_allowed").get<bool>(),
            agent_of(text_of(source.at("schedule_agent"))),
            text_of(source.at("home")),
            list_of(source.at("marks"), reply_mark_from),
            options_from(source.at("options"))};
}

Outcome outcome_from(const json& source) {
    with_keys(source, 5);
    return {kind_of(text_of(source.at("outcome"))), needed(reason_of(text_of(source.at("reason"))), "reason"),
            text_of(source.at("detail")), optional_text(source.at("object")),
            list_of(source.at("marks"), reply_mark_from)};
}

Refusal refusal_from(const json& source) {
    with_keys(source, 2);
    return {needed(reason_of(text_of(source.at("reason"))), "reason"), text_of(source.at("detail"))};
}

ReplyMark reply_mark_from(const json& source) {
    with_keys(source, 4);
    return {text_of(source.at("attendee")), text_of(source.at("recurrence_id")), number_of(source.at("sequence")),
            text_of(source.at("dtstamp"))};
}

}  // namespace calendar::itip
