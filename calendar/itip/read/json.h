#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "calendar/itip/read/address.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "calendar/itip/text/reason.h"

/// The JSON of what was read, as it crosses the border of a cell. Reading throws nlohmann::json::exception or
/// std::invalid_argument on anything that writing does not produce: an unknown or missing key, an unknown word, an
/// address that is not in its normal form. The caller bounds the sizes.
namespace calendar::itip {

nlohmann::json to_json(const Address& address);
nlohmann::json to_json(const std::optional<Address>& address);  ///< null when there is none
/// `{"address", "sent_by", "partstat", "delegated_to", "delegated_from"}`
nlohmann::json to_json(const Party& party);
/// `{"component", "uid", "recurrence_id", "sequence", "dtstamp", "organizer", "attendees"}`, the last two as parties.
nlohmann::json to_json(const ObjectSummary& object);
/// `{"method", "component", "uid", "objects", "hazards", "content", "dropped"}`
nlohmann::json to_json(const ItipMessage& message);
/// `{"component", "uid", "cancelled", "organizer", "attendees"}`, the last two as parties.
nlohmann::json to_json(const StoredObject& stored);
/// `{"reason", "detail"}`
nlohmann::json to_json(const Refusal& refusal);

Address address_from(const nlohmann::json& json);
std::optional<Address> optional_address_from(const nlohmann::json& json);
ItipMessage message_from(const nlohmann::json& json);
StoredObject stored_object_from(const nlohmann::json& json);
Refusal refusal_from(const nlohmann::json& json);

}  // namespace calendar::itip
