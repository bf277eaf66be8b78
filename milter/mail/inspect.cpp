#include "milter/mail/inspect.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/read/equivalence.h"
#include "calendar/itip/text/content_line.h"
#include "milter/mail/mime.h"

namespace milter::mail {

using calendar::base::same_word;
using calendar::base::trimmed;
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

/// What a text says that is no iTIP, whether or not it can be read: its events, and whether it has a METHOD after all.
struct Attached {
    Uids uids;
    bool has_method = false;

    explicit Attached(std::string_view text) {
        constexpr std::size_t of_events = 2;
        std::size_t depth = 0;
        for (calendar::itip::LineReader lines(text); lines.next();) {
            const auto name = calendar::itip::line_name(lines.line());
            if (same_word(name, "BEGIN")) ++depth;
            if (same_word(name, "END") && depth > 0) --depth;
            has_method = has_method || same_word(name, "METHOD");
            if (depth == of_events && same_word(name, "UID"))
                uids.emplace(trimmed(calendar::itip::split_line(lines.line()).value.value_or("")));
        }
    }
};

/// Has a file that has no METHOD beside an invitation nothing to do with it?
bool is_unrelated(const Attached& attached, const Uids& uids) {
    return !attached.has_method &&
           std::ranges::none_of(attached.uids, [&](const std::string& uid) { return uids.contains(uid); });
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

/// Every part says the same as `used`, is a copy of it without METHOD or a file that has nothing to do with it, or the
/// whole message is refused.
std::optional<Refusal> compare(std::vector<CalendarPart>& parts, const std::vector<std::string>& texts,
                               std::size_t used) {
    const Uids uids = uids_of(parts[used]);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        CalendarPart& part = parts[i];
        if (i == used) continue;
        if (part.error) {
            const Attached attached(texts[i]);
            const bool is_file = is_attachment(part) && !texts[i].empty();
            if (is_file && is_unrelated(attached, uids)) continue;
            if (!is_file || part.error->reason != Reason::not_itip || attached.uids != uids)
                return Refusal{Reason::parts_disagree,
                               fmt::format("part {} can be used, part {} cannot: {} ({})", parts[used].path, part.path,
                                           word(part.error->reason), part.error->detail)};
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
    const auto sent = sent_at(message);
    std::vector<std::string> texts;
    std::optional<std::size_t> used;
    bool used_in_alternative = false;
    for (MimePart& candidate : *mime) {
        const bool in_alternative = candidate.in_alternative && candidate.content_type == "text/calendar";
        out.parts.push_back(read(candidate, {limits.calendar, limits.hazards, effort, sent}));
        // Only what may turn out to be no iTIP is looked at again.
        const auto& error = out.parts.back().error;
        texts.push_back(error ? std::move(candidate.text) : std::string());
        if (!error && (!used || (in_alternative && !used_in_alternative))) {
            used = out.parts.size() - 1;
            used_in_alternative = in_alternative;
        }
    }
    if (used) out.error = compare(out.parts, texts, *used);
    if (out.error)
        for (CalendarPart& part : out.parts)
            part.duplicate_of.reset();
    return out;
}

}  // namespace milter::mail
