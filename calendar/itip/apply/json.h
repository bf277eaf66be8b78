#pragma once

#include <nlohmann/json_fwd.hpp>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/json.h"

/// The JSON of apply(): what goes into it and what comes out. As strict as the JSON of what was read, and throws the
/// same.
namespace calendar::itip {

/// A key for every member; `options` with the keys of `itip:` in the configuration.
nlohmann::json to_json(const ApplyInput& input);
/// `{"outcome", "reason", "detail", "object", "marks"}`
nlohmann::json to_json(const Outcome& outcome);
/// `{"attendee", "recurrence_id", "sequence", "dtstamp"}`
nlohmann::json to_json(const ReplyMark& mark);

ApplyInput apply_input_from(const nlohmann::json& json);
Outcome outcome_from(const nlohmann::json& json);
ReplyMark reply_mark_from(const nlohmann::json& json);

}  // namespace calendar::itip
