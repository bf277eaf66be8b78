#include <stdexcept>

#include "calendar/base/json.h"
#include "calendar/itip/read/json.h"
#include "milter/mail/inspect.h"

namespace milter::mail {

using calendar::base::optional_text_from;
using calendar::base::text_or_null;
using calendar::itip::Address;
using calendar::itip::ObjectSummary;
using calendar::itip::Refusal;
using nlohmann::json;

namespace {

/// The word stands under `error`, what is known beyond it under `detail`.
void put_error(json& out, const std::optional<Refusal>& error) {
    out["error"] = error ? json(word(error->reason)) : json(nullptr);
    out["detail"] = error ? json(error->detail) : json(nullptr);
}

std::optional<Refusal> error_from(const json& value) {
    if (value.at("error").is_null()) {
        if (!value.at("detail").is_null()) throw std::invalid_argument("a detail without an error");
        return std::nullopt;
    }
    const auto reason = calendar::itip::reason_of(value.at("error").get<std::string>());
    if (!reason) throw std::invalid_argument("unknown reason");
    return Refusal{*reason, value.at("detail").get<std::string>()};
}

json header_of(const CalendarPart& part) {
    json out;
    out["path"] = part.path;
    out["content_type"] = part.content_type;
    out["method_parameter"] = text_or_null(part.method_parameter);
    out["charset"] = text_or_null(part.charset);
    out["filename"] = text_or_null(part.filename);
    out["disposition"] = text_or_null(part.disposition);
    out["bytes"] = part.bytes;
    out["duplicate_of"] = text_or_null(part.duplicate_of);
    put_error(out, part.error);
    return out;
}

json to_json(const CalendarPart& part) {
    json out = header_of(part);
    json& messages = out["messages"] = json::array();
    for (const auto& message : part.messages)
        messages.push_back(calendar::itip::to_json(message));
    return out;
}

json extraction(const ObjectSummary& object) {
    const auto address = [](const std::optional<Address>& value) { return value ? json(value->text()) : json(); };
    json out = calendar::itip::to_json(object);
    json parties{{"organizer", out["organizer"]}, {"attendees", out["attendees"]}};
    out["organizer"] = object.organizer ? json(object.organizer->address.text()) : json();
    out["sent_by"] = object.organizer ? address(object.organizer->sent_by) : json();
    out["attendees"] = json::array();
    for (const auto& attendee : object.attendees)
        out["attendees"].push_back(attendee.address.text());
    out["parties"] = std::move(parties);
    return out;
}

json extraction(const CalendarPart& part) {
    json out = header_of(part);
    out["method"] = part.messages.empty() ? json() : json(word(part.messages.front().method));
    json& objects = out["objects"] = json::array();
    json& messages = out["messages"] = json::array();
    for (const auto& message : part.messages) {
        for (const auto& object : message.objects)
            objects.push_back(extraction(object));
        json hazards = json::array();
        for (const auto hazard : message.hazards)
            hazards.push_back(word(hazard));
        messages.push_back({{"uid", message.uid},
                            {"hazards", std::move(hazards)},
                            {"dropped", message.dropped.empty() ? json() : json(message.dropped)}});
    }
    return out;
}

/// A key too many is as wrong as one too few: only what to_json() writes is read.
void expect_keys(const json& value, std::size_t count) {
    if (!value.is_object() || value.size() != count) throw std::invalid_argument("not the expected object");
}

/// nlohmann would make a number out of 1e300 too.
std::size_t size_from(const json& value) {
    if (!value.is_number_unsigned()) throw std::invalid_argument("no size");
    return value.get<std::size_t>();
}

CalendarPart part_from(const json& value) {
    expect_keys(value, 11);
    CalendarPart part;
    part.path = value.at("path").get<std::string>();
    part.content_type = value.at("content_type").get<std::string>();
    part.method_parameter = optional_text_from(value.at("method_parameter"));
    part.charset = optional_text_from(value.at("charset"));
    part.filename = optional_text_from(value.at("filename"));
    part.disposition = optional_text_from(value.at("disposition"));
    part.bytes = size_from(value.at("bytes"));
    part.duplicate_of = optional_text_from(value.at("duplicate_of"));
    part.error = error_from(value);
    for (const json& message : value.at("messages"))
        part.messages.push_back(calendar::itip::message_from(message));
    if (part.error && !part.messages.empty()) throw std::invalid_argument("an error and messages");
    return part;
}

}  // namespace

json to_json(const Inspection& inspection) {
    json out;
    json& parts = out["parts"] = json::array();
    for (const CalendarPart& part : inspection.parts)
        parts.push_back(to_json(part));
    put_error(out, inspection.error);
    return out;
}

json extraction(const Inspection& inspection) {
    json out;
    json& parts = out["parts"] = json::array();
    for (const CalendarPart& part : inspection.parts)
        parts.push_back(extraction(part));
    put_error(out, inspection.error);
    return out;
}

Inspection inspection_from(const json& value) {
    expect_keys(value, 3);
    Inspection inspection;
    if (!value.at("parts").is_array()) throw std::invalid_argument("parts is not a list");
    for (const json& part : value.at("parts"))
        inspection.parts.push_back(part_from(part));
    inspection.error = error_from(value);
    return inspection;
}

}  // namespace milter::mail
