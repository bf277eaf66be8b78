#pragma once

#include <nlohmann/json.hpp>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"

/// The JSON of the values that cross the border of a cell or wait in the queue. Reading throws
/// nlohmann::json::exception or std::invalid_argument on anything that writing does not produce: an unknown or missing
/// key, a word that is none, an address that is not in its normal form. Sizes are the caller's to bound.
namespace calendar::itip {

/// `{"address", "sent_by", "partstat", "delegated_to", "delegated_from"}`
nlohmann::json to_json(const Party& party);
/// `{"component", "uid", "recurrence_id", "sequence", "dtstamp", "organizer", "attendees"}`, the last two as parties.
nlohmann::json to_json(const ObjectSummary& object);
/// `{"method", "component", "uid", "objects", "hazards", "content"}`
nlohmann::json to_json(const ItipMessage& message);
/// `{"component", "uid", "cancelled", "organizer", "attendees"}`, the last two as parties.
nlohmann::json to_json(const StoredObject& stored);
/// A key for every member; `options` with the keys of `itip:` in the configuration.
nlohmann::json to_json(const ApplyInput& input);
/// `{"outcome", "reason", "detail", "object", "marks"}`
nlohmann::json to_json(const Outcome& outcome);
/// `{"reason", "detail"}`
nlohmann::json to_json(const Refusal& refusal);
/// `{"attendee", "recurrence_id", "sequence", "dtstamp"}`
nlohmann::json to_json(const ReplyMark& mark);

ItipMessage message_from(const nlohmann::json& json);
StoredObject stored_object_from(const nlohmann::json& json);
ApplyInput apply_input_from(const nlohmann::json& json);
Outcome outcome_from(const nlohmann::json& json);
Refusal refusal_from(const nlohmann::json& json);
ReplyMark reply_mark_from(const nlohmann::json& json);

}  // namespace calendar::itip
