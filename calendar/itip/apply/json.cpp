#include "calendar/itip/apply/json.h"

#include "calendar/itip/read/json_pieces.h"

namespace calendar::itip {

namespace {

using namespace json_pieces;

json party(const Party& value) {
    return to_json(value);
}

json party_or_null(const std::optional<Party>& value) {
    return value ? to_json(*value) : json();
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

}  // namespace calendar::itip
