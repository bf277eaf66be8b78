#include "milter/sandbox/cell_process.h"

#include <array>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "calendar/itip/apply/json.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "milter/mail/mime/charset.h"
#include "milter/mail/mime/mime.h"
#include "milter/sandbox/frame.h"

namespace milter::sandbox {

using nlohmann::json;

namespace {

constexpr std::string_view first_message =
    "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n"
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//imip-milter//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    "UID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20260101T000000\r\nRRULE:FREQ=DAILY;COUNT=2\r\n"
    "ORGANIZER:mailto:a@example.org\r\nATTENDEE:mailto:b@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// What a mail says about a file name or charset need not be UTF-8; it is for people only.
std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void answer(int socket, const json& value, std::string_view blob = {}) {
    const std::array<std::string_view, 1> pieces{blob};
    write_frame(socket, text_of(value), pieces, Files::no, {});
}

void answer_inspect(int socket, std::string_view blob, const CellFunctions& functions) {
    mail::InspectLimits limits;
    if (blob.size() < sizeof limits) throw BorderBroken("no limits");
    std::memcpy(&limits, blob.data(), sizeof limits);
    auto inspection = functions.inspect(blob.substr(sizeof limits), limits);
    std::string contents;
    json sizes = json::array();
    for (auto& part : inspection.parts)
        for (auto& message : part.messages) {
            sizes.push_back(message.content.size());
            contents += std::exchange(message.content, {});
        }
    answer(socket, {{"inspection", to_json(inspection)}, {"content_sizes", std::move(sizes)}}, contents);
}

void answer_apply(int socket, const json& request, std::string_view blob, const CellFunctions& functions) {
    auto input = calendar::itip::apply_input_from(request.at("input"));
    const json& stored_size = request.at("stored_size");
    const std::size_t stored = stored_size.is_null() ? 0 : stored_size.get<std::size_t>();
    if (!stored_size.is_null()) input.stored = blob.substr(0, stored);
    input.message = blob.substr(stored);
    auto outcome = functions.apply(input);
    const std::string object = std::move(outcome.object).value_or("");
    const bool has_object = outcome.object.has_value();
    outcome.object.reset();
    answer(socket, {{"outcome", calendar::itip::to_json(outcome)}, {"has_object", has_object}}, object);
}

void serve(int socket, const CellFunctions& functions) {
    const Frame frame = read_frame(socket, largest_request, Files::yes, {});
    const json request = json::parse(frame.json());
    const auto call = request.at("call").get<std::string>();
    if (call == "inspect") {
        answer_inspect(socket, frame.blob(), functions);
    } else if (call == "describe") {
        const auto stored = functions.describe(frame.blob());
        answer(socket, stored ? json{{"stored", calendar::itip::to_json(*stored)}}
                              : json{{"refusal", calendar::itip::to_json(stored.error())}});
    } else if (call == "apply") {
        answer_apply(socket, request, frame.blob(), functions);
    } else {
        throw BorderBroken("unknown call");
    }
}

}  // namespace

void prepare_cells() {
    mail::prepare_mime();
    mail::load_charsets();
    calendar::itip::load_zones();
    // What libraries do at their first use (bind functions, register types) is not left to each cell.
    mail::inspect(first_message, {});
}

void run_cell(int socket, const Sandbox& sandbox, const CellFunctions& functions) noexcept {
    try {
        sandbox.enter();
        for (;;)
            serve(socket, functions);
    } catch (...) {
        // The other end closed, or memory ran out, or a bug: whoever waits for an answer sees the end of the stream.
        _exit(1);
    }
}

}  // namespace milter::sandbox
