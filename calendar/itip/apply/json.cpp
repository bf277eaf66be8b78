#include "calendar/itip/apply/json.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "calendar/base/json.h"

namespace calendar::itip {

namespace {

using namespace base;
using nlohmann::json;

constexpr auto write_address = [](const Address& address) { return to_json(address); };
constexpr auto write_mark = [](const ReplyMark& mark) { return to_json(mark); };

constexpr std::array agents{ScheduleAgent::server, ScheduleAgent::client, ScheduleAgent::none};
constexpr std::array partstats{Partstat::keep, Partstat::ask};
constexpr std::array kinds{Outcome::Kind::created, Outcome::Kind::updated, Outcome::Kind::removed,
                           Outcome::Kind::unchanged, Outcome::Kind::refused};

/// The value among these that has this word.
template <class T, std::size_t N>
T value_from(const json& source, const std::array<T, N>& values, const char* what) {
    const std::string text = text_from(source);
    const auto* const found = std::ranges::find_if(values, [&](T value) { return word(value) == text; });
    if (found == values.end()) throw std::invalid_argument(std::string("json: invalid ") + what);
    return *found;
}

json options_to_json(const Options& options) {
    json out;
    for (const auto& [key, value] : options.words())
        out[std::string(key)] = value;
    return out;
}

Options options_from(const json& source) {
    Options options;
    for (const auto& [key, value] : with_keys(source, options.words().size()).items())
        if (auto fine = options.set(key, text_from(value)); !fine) throw std::invalid_argument("json: " + fine.error());
    return options;
}

}  // namespace

json to_json(const ApplyInput& input) {
    json out;
    out["stored"] = text_or_null(input.stored);
    out["message"] = input.message;
    out["dropped"] = input.dropped;
    out["recipient"] = list_to_json(input.recipient, write_address);
    out["recipient_uris"] = input.recipient_uris;
    out["envelope_recipient"] = to_json(input.envelope_recipient);
    out["sender"] = to_json(input.sender);
    out["sent_by_allowed"] = input.sent_by_allowed;
    out["sender_known"] = input.sender_known;
    out["publish_allowed"] = input.publish_allowed;
    out["own_reply"] = input.own_reply;
    out["schedule_agent"] = word(input.schedule_agent);
    out["partstat"] = word(input.partstat);
    out["home"] = input.home;
    out["marks"] = list_to_json(input.marks, write_mark);
    out["options"] = options_to_json(input.options);
    return out;
}

json to_json(const Outcome& outcome) {
    json out;
    out["outcome"] = word(outcome.kind);
    out["reason"] = word(outcome.reason);
    out["detail"] = outcome.detail;
    out["object"] = text_or_null(outcome.object);
    out["marks"] = list_to_json(outcome.marks, write_mark);
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

ApplyInput apply_input_from(const json& source) {
    with_keys(source, 16);
    return {.stored = optional_text_from(source.at("stored")),
            .message = text_from(source.at("message")),
            .dropped = text_from(source.at("dropped")),
            .recipient = list_from(source.at("recipient"), address_from),
            .recipient_uris = list_from(source.at("recipient_uris"), text_from),
            .envelope_recipient = optional_address_from(source.at("envelope_recipient")),
            .sender = optional_address_from(source.at("sender")),
            .sent_by_allowed = source.at("sent_by_allowed").get<bool>(),
            .sender_known = source.at("sender_known").get<bool>(),
            .publish_allowed = source.at("publish_allowed").get<bool>(),
            .own_reply = source.at("own_reply").get<bool>(),
            .schedule_agent = value_from(source.at("schedule_agent"), agents, "schedule_agent"),
            .partstat = value_from(source.at("partstat"), partstats, "partstat"),
            .home = text_from(source.at("home")),
            .marks = list_from(source.at("marks"), reply_mark_from),
            .options = options_from(source.at("options"))};
}

Outcome outcome_from(const json& source) {
    with_keys(source, 5);
    return {.kind = value_from(source.at("outcome"), kinds, "outcome"),
            .reason = needed(reason_of(text_from(source.at("reason"))), "reason"),
            .detail = text_from(source.at("detail")),
            .object = optional_text_from(source.at("object")),
            .marks = list_from(source.at("marks"), reply_mark_from)};
}

ReplyMark reply_mark_from(const json& source) {
    with_keys(source, 4);
    return {.attendee = text_from(source.at("attendee")),
            .recurrence_id = text_from(source.at("recurrence_id")),
            .sequence = number_from(source.at("sequence")),
            .dtstamp = text_from(source.at("dtstamp"))};
}

}  // namespace calendar::itip
