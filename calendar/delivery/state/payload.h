#pragma once

#include <stdexcept>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "calendar/delivery/job.h"
#include "calendar/itip/read/message.h"

/// What the queue keeps of a job beside its columns. An upgrade must not lose what waits, so it is read tolerantly: a
/// missing key has its default, an unknown one is ignored.
namespace calendar::delivery {

constexpr int payload_version = 1;

/// The payload was written by a newer version of this program, and only that can read it.
struct NewerPayload : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// `{"version", "address", "facts", "input"}`, also `organizer` when the message names one, of a REPLY `answering`, of
/// a held one `held`; `input` as in calendar/itip/apply/json.h. Without the message and what the facts say of it when
/// these are in a kept message.
nlohmann::json payload_of(const Job& job);

/// What the jobs of one iTIP message for several users have in common, as it is kept once: `{"message", "facts"}`, the
/// latter as in the facts of a job, null when all are decided.
std::string common_content(const std::string& message, const nlohmann::json& facts);
/// The payload of a job that was written without it.
nlohmann::json with_common_content(nlohmann::json payload, const std::string& content);

/// Fills in what the columns do not hold. Throws NewerPayload, or nlohmann::json::exception or std::invalid_argument
/// when there is no message (but in an unread mail) or a value cannot be read.
void read_payload(Job& job, nlohmann::json payload);

/// A message as itip::to_json() wrote it into a payload; what is missing there is taken from `defaults`.
itip::ItipMessage kept_message_from(nlohmann::json json, const itip::ItipMessage& defaults);

}  // namespace calendar::delivery
