#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace milter::judging {

/// Largest message, in bytes, that is kept with a job because its signature could not be verified yet.
constexpr std::size_t kept_message_limit = 1024 * 1024;

/// Keeps the bytes of a message (base64) with the facts of a deferred decision, so that its signature can be verified
/// when DNS answers. A message above the limit is not kept; its sender then stays unknown until the job is given up.
void keep_message(nlohmann::json& saved, std::string_view message);
/// The bytes again; none when they were not kept.
std::optional<std::string> kept_message(const nlohmann::json& saved);

}  // namespace milter::judging
