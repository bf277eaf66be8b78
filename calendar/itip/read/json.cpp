#include "calendar/itip/read/json.h"

#include <stdexcept>
#include <string>

#include "calendar/base/json.h"

namespace calendar::itip {

namespace {

using namespace base;
using nlohmann::json;

constexpr auto write_address = [](const Address& address) { return to_json(address); };
constexpr auto write_party = [](const Party& party) { return to_json(party); };

json party_or_null(const std::optional<Party>& party) {
    return party ? to_json(*party) : json();
}

Party party_from(const json& source) {
    const bool has_email = source.contains("email");
    with_keys(source, has_email ? 6 : 5);
    return {.address = address_from(source.at("address")),
            .sent_by = optional_address_from(source.at("sent_by")),
            .partstat = text_from(source.at("partstat")),
            .delegated_to = list_from(source.at("delegated_to"), address_from),
            .delegated_from = list_from(source.at("delegated_from"), address_from),
            .email = has_email ? optional_address_from(source.at("email")) : std::nullopt};
}

std::optional<Party> optional_party_from(const json& source) {
    return source.is_null() ? std::nullopt : std::optional(party_from(source));
}

ObjectSummary object_from(const json& source) {
    with_keys(source, 7);
    return {.component = text_from(source.at("component")),
            .uid = text_from(source.at("uid")),
            .recurrence_id = optional_text_from(source.at("recurrence_id")),
            .sequence = number_from(source.at("sequence")),
            .dtstamp = text_from(source.at("dtstamp")),
            .organizer = optional_party_from(source.at("organizer")),
            .attendees = list_from(source.at("attendees"), party_from)};
}

Method method_from(const json& source) {
    const std::string text = text_from(source);
    const auto method = needed(method_of(text), "method");
    if (word(method) != text) throw std::invalid_argument("json: a method must be in upper case");
    return method;
}

Hazard hazard_from(const json& source) {
    return needed(hazard_of(text_from(source)), "hazard");
}

}  // namespace

json to_json(const Address& address) {
    return address.text();
}

json to_json(const std::optional<Address>& address) {
    return address ? to_json(*address) : json();
}

json to_json(const Party& party) {
    json out;
    out["address"] = to_json(party.address);
    out["sent_by"] = to_json(party.sent_by);
    out["partstat"] = party.partstat;
    out["delegated_to"] = list_to_json(party.delegated_to, write_address);
    out["delegated_from"] = list_to_json(party.delegated_from, write_address);
    if (party.email) out["email"] = to_json(*party.email);
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
    out["attendees"] = list_to_json(object.attendees, write_party);
    return out;
}

json to_json(const ItipMessage& message) {
    json out;
    out["method"] = word(message.method);
    out["component"] = message.component;
    out["uid"] = message.uid;
    out["objects"] = list_to_json(message.objects, [](const ObjectSummary& object) { return to_json(object); });
    out["hazards"] = list_to_json(message.hazards, [](Hazard hazard) { return json(word(hazard)); });
    out["content"] = message.content;
    out["dropped"] = message.dropped;
    return out;
}

json to_json(const StoredObject& stored) {
    json out;
    out["component"] = stored.component;
    out["uid"] = stored.uid;
    out["cancelled"] = stored.cancelled;
    out["organized"] = stored.organized;
    out["organizers"] = list_to_json(stored.organizers, write_party);
    out["attendees"] = list_to_json(stored.attendees, write_party);
    return out;
}

json to_json(const Refusal& refusal) {
    json out;
    out["reason"] = word(refusal.reason);
    out["detail"] = refusal.detail;
    return out;
}

Address address_from(const json& source) {
    const std::string text = text_from(source);
    auto address = needed(Address::parse(text), "address");
    if (address.text() != text) throw std::invalid_argument("json: an address must be in its normal form");
    return address;
}

std::optional<Address> optional_address_from(const json& source) {
    return source.is_null() ? std::nullopt : std::optional(address_from(source));
}

ItipMessage message_from(const json& source) {
    with_keys(source, 7);
    ItipMessage message{.method = method_from(source.at("method")),
                        .component = text_from(source.at("component")),
                        .uid = text_from(source.at("uid")),
                        .objects = list_from(source.at("objects"), object_from),
                        .hazards = list_from(source.at("hazards"), hazard_from),
                        .content = text_from(source.at("content")),
                        .dropped = text_from(source.at("dropped"))};
    if (message.objects.empty()) throw std::invalid_argument("json: a message without objects");
    return message;
}

StoredObject stored_object_from(const json& source) {
    with_keys(source, 6);
    return {.component = text_from(source.at("component")),
            .uid = text_from(source.at("uid")),
            .cancelled = source.at("cancelled").get<bool>(),
            .organized = source.at("organized").get<bool>(),
            .organizers = list_from(source.at("organizers"), party_from),
            .attendees = list_from(source.at("attendees"), party_from)};
}

Refusal refusal_from(const json& source) {
    with_keys(source, 2);
    return {needed(reason_of(text_from(source.at("reason"))), "reason"), text_from(source.at("detail"))};
}

}  // namespace calendar::itip
