#include "calendar/delivery/state/payload.h"

#include <cassert>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/itip/apply/json.h"

namespace calendar::delivery {

namespace {

using nlohmann::json;

/// `defaults` with those values that `written` has for its keys.
json filled_in(json&& written, json defaults) {
    if (!written.is_object()) throw std::invalid_argument("expected a JSON object");
    for (const auto& [key, value] : defaults.items())
        if (const auto found = written.find(key); found != written.end()) value = std::move(*found);
    return defaults;
}

json party_from(json&& written) {
    json defaults;  // without an address there is no party
    defaults["address"] = nullptr;
    defaults["sent_by"] = nullptr;
    defaults["partstat"] = "NEEDS-ACTION";
    defaults["delegated_to"] = json::array();
    defaults["delegated_from"] = json::array();
    defaults["email"] = nullptr;
    return filled_in(std::move(written), std::move(defaults));
}

json object_from(json&& written) {
    auto object = filled_in(std::move(written), itip::to_json(itip::ObjectSummary{}));
    if (!object["organizer"].is_null()) object["organizer"] = party_from(std::move(object["organizer"]));
    for (auto& attendee : object["attendees"])
        attendee = party_from(std::move(attendee));
    return object;
}

/// An option that this version no longer has, or a value of it, is as if it were not set.
json options_from(const json& written, json defaults) {
    for (const auto& [key, value] : defaults.items()) {
        const auto found = written.find(key);
        if (found == written.end() || !found->is_string()) continue;
        if (itip::Options().set(key, found->get<std::string>())) value = *found;
    }
    return defaults;
}

}  // namespace

json payload_of(const Job& job) {
    // Belong to the moment of a try, not to the job.
    assert(!job.input.stored && job.input.marks.empty() && job.input.recipient_uris.empty());
    json payload;
    payload["version"] = payload_version;
    payload["address"] = job.address;
    payload["facts"] = *job.facts;
    payload["input"] = itip::to_json(job.input);
    payload["input"].erase("recipient_uris");
    if (!job.answering.empty()) payload["answering"] = job.answering;
    if (job.organizer) payload["organizer"] = job.organizer->text();
    if (job.held) payload["held"] = true;
    if (!job.content.empty()) {
        payload["input"].erase("message");
        if (payload["facts"].is_object()) payload["facts"].erase("message");
    }
    return payload;
}

std::string common_content(const std::string& message, const json& facts) {
    return json{{"message", message}, {"facts", facts}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

json with_common_content(json payload, const std::string& content) {
    auto common = json::parse(content);
    payload.at("input")["message"] = std::move(common.at("message"));
    if (auto& facts = common["facts"]; !facts.is_null() && payload["facts"].is_object())
        payload["facts"]["message"] = std::move(facts);
    return payload;
}

void read_payload(Job& job, json payload) {
    if (const auto version = payload.value("version", 0); version > payload_version)
        throw NewerPayload(fmt::format(
            "a newer version of imip-milter wrote this job (payload version {}; this version reads {}); it waits for "
            "that version",
            version, payload_version));
    const json defaults = itip::to_json(itip::ApplyInput{});
    auto input = filled_in(std::move(payload.at("input")), defaults);
    input["options"] = options_from(input["options"], defaults["options"]);
    job.address = payload.value("address", std::string());
    job.facts = std::move(payload["facts"]);
    job.held = job.held || payload.value("held", false);
    job.organizer = itip::Address::parse(payload.value("organizer", std::string()));
    job.answering = payload.value("answering", std::vector<std::string>());
    job.input = itip::apply_input_from(input);
    if (job.input.message.empty() && !is_unread(job)) throw std::invalid_argument("the payload holds no message");
}

itip::ItipMessage kept_message_from(json written, const itip::ItipMessage& defaults) {
    auto message = filled_in(std::move(written), itip::to_json(defaults));
    for (auto& object : message["objects"])
        object = object_from(std::move(object));
    return itip::message_from(message);
}

}  // namespace calendar::delivery
