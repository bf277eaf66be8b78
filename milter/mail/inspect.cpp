#include "milter/mail/inspect.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/sha256.h"
#include "calendar/base/text.h"
#include "calendar/itip/read/equivalence.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/text_value.h"
#include "milter/mail/mime/mime.h"
#include "milter/mail/mime/sent_at.h"

namespace milter::mail {

using calendar::base::same_word;
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

/// Those of the events in a text that is not iTIP.
Uids attached_uids(std::string_view text) {
    constexpr std::size_t of_events = 2;
    Uids uids;
    std::size_t depth = 0;
    for (calendar::itip::LineReader lines(text); lines.next();) {
        const auto name = calendar::itip::line_name(lines.line());
        if (same_word(name, "BEGIN")) ++depth;
        if (same_word(name, "END") && depth > 0) --depth;
        if (depth == of_events && same_word(name, "UID"))
            uids.insert(calendar::itip::uid_text(calendar::itip::split_line(lines.line()).value.value_or("")));
    }
    return uids;
}

bool is_attachment(const CalendarPart& part) {
    return part.disposition == "attachment" || part.filename.has_value();
}

/// Takes everything but the text.
CalendarPart taken_from(MimePart& mime) {
    CalendarPart part;
    part.path = std::move(mime.path);
    part.content_type = std::move(mime.content_type);
    part.method_parameter = std::move(mime.method_parameter);
    part.charset = std::move(mime.charset);
    part.filename = std::move(mime.filename);
    part.disposition = std::move(mime.disposition);
    part.bytes = mime.bytes;
    part.error = std::move(mime.error);
    return part;
}

void read(CalendarPart& part, const MimePart& mime, const calendar::itip::PartReading& reading) {
    auto messages = calendar::itip::read_itip(mime.text, part.method_parameter, reading);
    if (messages)
        part.messages = std::move(*messages);
    else
        part.error = std::move(messages.error());
}

enum class Beside { copy, unrelated, contradiction };

/// What a part that is not iTIP is beside an invitation with these UIDs. A file that nobody takes for iTIP, because it
/// has no METHOD, says nothing against it: whatever else is wrong with it, the invitation counts.
Beside beside(const CalendarPart& part, const MimePart& mime, const Uids& uids) {
    if (!is_attachment(part)) return Beside::contradiction;
    const bool is_not_itip = part.error->reason == Reason::not_itip;
    const Uids attached = is_not_itip ? attached_uids(mime.text) : Uids();
    if (is_not_itip && attached == uids) return Beside::copy;
    if (mime.names_method || part.method_parameter) return Beside::contradiction;
    const bool shares_some = std::ranges::any_of(attached, [&](const auto& uid) { return uids.contains(uid); });
    return shares_some ? Beside::contradiction : Beside::unrelated;
}

/// The parts of a mail that are not equal have at most this many times the lines that one may have.
constexpr std::size_t most_together = 3;

/// Unfolded.
std::size_t lines_of(std::string_view text) {
    std::size_t lines = 0;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1))
        if (end + 1 == text.size() || (text[end + 1] != ' ' && text[end + 1] != '\t')) ++lines;
    return lines;
}

/// The parts of a mail, one after the other. What repeats another is compared with it and dropped, and what is equal to
/// another is not even read: many parts take no more memory than two.
class Parts {
  public:
    /// `reading` outlives this.
    explicit Parts(const calendar::itip::PartReading& reading) : reading_(reading) {}

    /// Takes the text too, unless it may turn out to be no iTIP.
    void add(MimePart& mime) {
        const std::size_t place = parts_.size();
        const bool in_alternative = mime.in_alternative && mime.content_type == "text/calendar";
        const bool better = !used_ || (in_alternative && !used_in_alternative_);
        CalendarPart& part = parts_.emplace_back(taken_from(mime));
        alike_.push_back(false);
        if (part.error) return;
        const auto [same, is_new] =
            places_.try_emplace({calendar::base::sha256(mime.text), part.method_parameter}, place);
        const bool is_told = !is_new && (parts_[same->second].error || !better);
        if (is_told) {
            part.error = parts_[same->second].error;
            alike_[place] = alike_[same->second];
        } else {
            read_new(part, mime);
        }
        if (part.error) return;
        std::string().swap(mime.text);
        if (!is_told) alike_[place] = means_the_same(part);
        if (better) use(place, in_alternative);
        // People want to see one that differs.
        if (place != used_ && (alike_[place] || std::exchange(differ_, true))) part.messages = {};
    }

    /// Every part says the same as the one that is used, is a copy of it without METHOD or a file that has nothing to
    /// do with it, or the whole message is refused. `mimes`: the parts as they came.
    std::optional<Refusal> compare(const std::vector<MimePart>& mimes) {
        if (!used_) return std::nullopt;
        const CalendarPart& used = parts_[*used_];
        const Uids uids = uids_of(used);
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            CalendarPart& part = parts_[i];
            if (i == used_) continue;
            if (part.error) {
                const auto is = beside(part, mimes[i], uids);
                if (is == Beside::unrelated) continue;
                if (is == Beside::contradiction)
                    return Refusal{Reason::parts_disagree,
                                   fmt::format("part {} can be used, part {} cannot: {} ({})", used.path, part.path,
                                               word(part.error->reason), part.error->detail)};
                part.error.reset();
            } else if (!alike_[i] || !alike_[*used_]) {
                return Refusal{Reason::parts_disagree, fmt::format("parts {} and {} differ", used.path, part.path)};
            }
            part.duplicate_of = used.path;
        }
        return std::nullopt;
    }

    std::vector<CalendarPart> take() { return std::move(parts_); }

  private:
    void read_new(CalendarPart& part, const MimePart& mime) {
        const std::size_t most = most_together * reading_.limits.properties;
        lines_ += lines_of(mime.text);
        if (lines_ > most && places_.size() > 1)
            part.error = Refusal{Reason::too_complex,
                                 fmt::format("more than {} lines in all calendar parts of the message", most)};
        else
            read(part, mime, reading_);
    }

    /// As the first that can be read.
    bool means_the_same(const CalendarPart& part) {
        if (!used_) return true;
        if (!meaning_) meaning_.emplace(parts_[*used_].messages, reading_.effort);
        return meaning_->same_as({part.messages, reading_.effort});
    }

    void use(std::size_t place, bool in_alternative) {
        if (used_ && alike_[place]) parts_[*used_].messages = {};
        used_ = place;
        used_in_alternative_ = in_alternative;
    }

    const calendar::itip::PartReading& reading_;
    std::size_t lines_ = 0;  ///< of what was read
    std::vector<CalendarPart> parts_;
    std::vector<bool> alike_;  ///< means what the first that can be read means
    /// By their text and `method`.
    std::map<std::pair<std::string, std::optional<std::string>>, std::size_t> places_;
    std::optional<calendar::itip::Meaning> meaning_;  ///< of the first that can be read
    std::optional<std::size_t> used_;
    bool used_in_alternative_ = false;
    bool differ_ = false;
};

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
    const calendar::itip::PartReading reading{limits.calendar, limits.hazards, effort, sent_at(message)};
    Parts parts(reading);
    for (MimePart& candidate : *mime)
        parts.add(candidate);
    out.error = parts.compare(*mime);
    out.parts = parts.take();
    if (out.error)
        for (CalendarPart& part : out.parts)
            part.duplicate_of.reset();
    return out;
}

}  // namespace milter::mail
