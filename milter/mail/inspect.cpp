#include "milter/mail/inspect.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "calendar/itip/read/calendar_text.h"
#include "calendar/itip/read/equivalence.h"
#include "milter/mail/mime.h"

namespace milter::mail {

using calendar::itip::Component;
using calendar::itip::Reason;
using calendar::itip::Refusal;

namespace {

using Uids = std::set<std::string>;

Uids uids_of(const CalendarPart& part) {
    Uids uids;
    for (const auto& message : part.messages)
        uids.insert(message.uid);
    return uids;
}

/// Of text that has no METHOD and is therefore no iTIP; empty when it is no calendar either.
Uids uids_of(const std::string& text, const calendar::itip::CalendarLimits& limits) {
    Uids uids;
    const auto read = calendar::itip::read_message_text(text, limits);
    if (!read) return uids;
    for (const Component& calendar : read->calendars)
        for (const Component& component : calendar.components)
            if (component.name != "VTIMEZONE") uids.insert(component.value("UID"));
    return uids;
}

bool is_attachment(const CalendarPart& part) {
    return part.disposition == "attachment" || part.filename.has_value();
}

/// Takes everything but the text.
CalendarPart read(MimePart& mime, const calendar::itip::PartReading& reading) {
    CalendarPart part;
    part.path = std::move(mime.path);
    part.content_type = std::move(mime.content_type);
    part.method_parameter = std::move(mime.method_parameter);
    part.charset = std::move(mime.charset);
    part.filename = std::move(mime.filename);
    part.disposition = std::move(mime.disposition);
    part.bytes = mime.bytes;
    if (mime.error) {
        part.error = std::move(mime.error);
        return part;
    }
    auto messages = calendar::itip::read_itip(mime.text, part.method_parameter, reading);
    if (messages)
        part.messages = std::move(*messages);
    else
        part.error = std::move(messages.error());
    return part;
}

/// Every part says the same as `used`, is a copy of it without METHOD, or the whole message is refused.
std::optional<Refusal> compare(std::vector<CalendarPart>& parts, const std::vector<std::string>& texts,
                               std::size_t used, const InspectLimits& limits) {
    const Uids uids = uids_of(parts[used]);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        CalendarPart& part = parts[i];
        if (i == used) continue;
        if (part.error) {
            const bool copy = part.error->reason == Reason::not_itip && is_attachment(part) &&
                              uids_of(texts[i], limits.calendar) == uids;
            if (!copy)
                return Refusal{Reason::parts_disagree,
                               fmt::format("part {} can be used, part {} cannot: {}", parts[used].path, part.path,
                                           word(part.error->reason))};
            part.error.reset();
        } else if (!calendar::itip::same_meaning(parts[used].messages, part.messages)) {
            return Refusal{Reason::parts_disagree, fmt::format("parts {} and {} differ", parts[used].path, part.path)};
        }
        part.duplicate_of = parts[used].path;
    }
    return std::nullopt;
}

}  // namespace

const CalendarPart* Inspection::usable() const noexcept {
    if (error) return nullptr;
    const auto part = std::find_if(parts.begin(), parts.end(), [](const CalendarPart& candidate) {
        return !candidate.error && !candidate.duplicate_of && !candidate.messages.empty();
    });
    return part == parts.end() ? nullptr : &*part;
}

InspectLimits inspect_limits(const policy::config::Config& config) {
    const auto& limits = config.limits;
    InspectLimits out{.mime = {.calendar_parts = limits.calendar_parts,
                               .depth = limits.mime_depth,
                               .parts = limits.mime_parts,
                               .bytes = limits.calendar_part},
                      .calendar = {.bytes = limits.calendar_part,
                                   .components = limits.components,
                                   .attendees = limits.attendees,
                                   .uids = limits.uids},
                      .hazards = config.hazards};
    out.hazards.alarms_kept = !config.itip.strip_alarms;
    return out;
}

Inspection inspect(std::string_view message, const InspectLimits& limits) {
    Inspection out;
    auto mime = calendar_parts(message, limits.mime);
    if (!mime) {
        out.error = std::move(mime.error());
        return out;
    }
    if (mime->empty()) {
        out.error = Refusal{Reason::no_calendar, {}};
        return out;
    }
    std::size_t bytes = 0;
    for (const MimePart& candidate : *mime)
        bytes += candidate.text.size();
    calendar::itip::Effort effort(calendar::itip::Effort::of_a_message(bytes));
    std::vector<std::string> texts;
    std::optional<std::size_t> used;
    bool used_in_alternative = false;
    for (MimePart& candidate : *mime) {
        const bool in_alternative = candidate.in_alternative && candidate.content_type == "text/calendar";
        out.parts.push_back(read(candidate, {limits.calendar, limits.hazards, effort}));
        // Only what may turn out to be a copy without METHOD is looked at again.
        const auto& error = out.parts.back().error;
        texts.push_back(error && error->reason == Reason::not_itip ? std::move(candidate.text) : std::string());
        if (!error && (!used || (in_alternative && !used_in_alternative))) {
            used = out.parts.size() - 1;
            used_in_alternative = in_alternative;
        }
    }
    if (used) out.error = compare(out.parts, texts, *used, limits);
    if (out.error)
        for (CalendarPart& part : out.parts)
            part.duplicate_of.reset();
    return out;
}

}  // namespace milter::mail
