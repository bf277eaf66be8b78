#include "calendar/itip/json.h"

#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

namespace calendar::itip {

namespace {

using nlohmann::json;

// ---- writing ----
// Key by key: a list of pairs would be built as a list of lists first, which takes twice as long.

template <class T, class Write>
json list(const std::vector<T>& values, Write write) {
    json all = json::array();
    for (const T& value : values)
        all.push_back(write(value));
    return all;
}

json text_or_null(const std::optional<std::string>& text) {
    return text ? json(*text) : json();
}

json address(const Address& value) {
    return value.text();
}

json address_or_null(const std::optional<Address>& value) {
    return value ? address(*value) : json();
}

json party(const Party& value) {
    return to_json(value);
}

json party_or_null(const std::optional<Party>& value) {
    return value ? to_json(*value) : json();
}

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

// ---- reading ----

template <class T>
T needed(std::optional<T> value, const char* what) {
    if (!value) throw std::invalid_argument(std::string("json: no ") + what);
    return *std::move(value);
}

/// An object of so many keys. All of them are then asked for by name, so that no other is there.
const json& with_keys(const json& source, std::size_t count) {
    if (!source.is_object() || source.size() != count) throw std::invalid_argument("json: not the expected object");
    return source;
}

std::string text_of(const json& source) {
    return source.get<std::string>();
}

std::int64_t number_of(const json& source) {
    // nlohmann would make -1 of 2^64 - 1, and 1 of 1.0.
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!source.is_number_integer() || (source.is_number_unsigned() && source.get<std::uint64_t>() > most))
        throw std::invalid_argument("json: no whole number");
    return source.get<std::int64_t>();
}

std::optional<std::string> optional_text(const json& source) {
    return source.is_null() ? std::nullopt : std::optional(text_of(source));
}

Address address_of(const json& source) {
    const std::string text = text_of(source);
    auto address = needed(Address::parse(text), "address");
    if (address.text() != text) throw std::invalid_argument("json: an address that is not in its normal form");
    return address;
}

std::optional<Address> optional_address(const json& source) {
    return source.is_null() ? std::nullopt : std::optional(address_of(source));
}

template <class Read>
auto list_of(const json& source, Read read) {
    if (!source.is_array()) throw std::invalid_argument("json: not a list");
    std::vector<decltype(read(source))> all;
    for (const json& one : source)
        all.push_back(read(one));
    return all;
}

Party party_of(const json& source) {
    with_keys(source, 5);
    return {address_of(source.at("address")), optional_address(source.at("sent_by")), text_of(source.at("partstat")),
            list_of(source.at("delegated_to"), address_of), list_of(source.at("delegated_from"), address_of)};
}

std::optional<Party> optional_party(const json& source) {
    return source.is_null() ? std::nullopt : std::optional(party_of(source));
}

ObjectSummary object_of(const json& source) {
    with_keys(source, 7);
    return {text_of(source.at("component")),
            text_of(source.at("uid")),
            optional_text(source.at("recurrence_id")),
            number_of(source.at("sequence")),
            text_of(source.at("dtstamp")),
            optional_party(source.at("organizer")),
            list_of(source.at("attendees"), party_of)};
}

Method method_from(const json& source) {
    const std::string text = text_of(source);
    const auto method = needed(method_of(text), "method");
    if (word(method) != text) throw std::invalid_argument("json: a method in another case");
    return method;
}

Hazard hazard_from(const json& source) {
    return needed(hazard_of(text_of(source)), "hazard");
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

json to_json(const Party& value) {
    json out;
    out["address"] = value.address.text();
    out["sent_by"] = address_or_null(value.sent_by);
    out["partstat"] = value.partstat;
    out["delegated_to"] = list(value.delegated_to, address);
    out["delegated_from"] = list(value.delegated_from, address);
    return out;
}

json to_json(const ObjectSummary& object) {
    json out;
    out["component"] = object.component;
    out["uid"] = object.uid;
    out["recurrence_id"] = text_or_null(object.recurrence_id);
    out["sequence"] = object.sequence;
    out["dtstamp"] = object.dtstamp;
    out["organizer"] = party_or_null(object.organizer);
    out["attendees"] = list(object.attendees, party);
    return out;
}

json to_json(const ItipMessage& message) {
    json out;
    out["method"] = word(message.method);
    out["component"] = message.component;
    out["uid"] = message.uid;
    out["objects"] = list(message.objects, [](const ObjectSummary& object) { return to_json(object); });
    out["hazards"] = list(message.hazards, [](Hazard hazard) { return json(word(hazard)); });
    out["content"] = message.content;
    return out;
}

json to_json(const StoredObject& stored) {
    json out;
    out["component"] = stored.component;
    out["uid"] = stored.uid;
    out["cancelled"] = stored.cancelled;
    out["organizer"] = party_or_null(stored.organizer);
    out["attendees"] = list(stored.attendees, party);
    return out;
}

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

ItipMessage message_from(const json& source) {
    with_keys(source, 6);
    ItipMessage message{method_from(source.at("method")),
                        text_of(source.at("component")),
                        text_of(source.at("uid")),
                        list_of(source.at("objects"), object_of),
                        list_of(source.at("hazards"), hazard_from),
                        text_of(source.at("content"))};
    if (message.objects.empty()) throw std::invalid_argument("json: a message without objects");
    return message;
}

StoredObject stored_object_from(const json& source) {
    with_keys(source, 5);
    return {text_of(source.at("component")), text_of(source.at("uid")), source.at("cancelled").get<bool>(),
            optional_party(source.at("organizer")), list_of(source.at("attendees"), party_of)};
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
