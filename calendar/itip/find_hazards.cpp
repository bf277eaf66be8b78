#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include "calendar/itip/hazard.h"
#include "calendar/itip/recurrence.h"
#include "calendar/itip/text.h"
#include "calendar/itip/when.h"

namespace calendar::itip {

namespace {

constexpr long long day = 24 * 3600;

struct Frequency {
    std::string_view word;
    long long seconds;  ///< the shortest that it can be
};

constexpr std::array<Frequency, 7> frequencies{{{"SECONDLY", 1},
                                                {"MINUTELY", 60},
                                                {"HOURLY", 3600},
                                                {"DAILY", day},
                                                {"WEEKLY", 7 * day},
                                                {"MONTHLY", 28 * day},
                                                {"YEARLY", 365 * day}}};

long long positive_number(std::string_view text) noexcept {
    constexpr long long most = 1'000'000;
    long long value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc{} ? std::clamp(value, 1LL, most) : 1;
}

bool sub_daily(std::string_view rule, long long shortest_repeat) {
    long long unit = 1;  // an unknown FREQ counts as the worst
    long long interval = 1;
    long long times_a_day = 1;
    bool many_days = false;
    for_each_piece(rule, ';', [&](std::string_view piece) {
        const auto equals = std::min(piece.find('='), piece.size());
        const std::string name = uppered(trimmed(piece.substr(0, equals)));
        const std::string_view value = trimmed(piece.substr(std::min(equals + 1, piece.size())));
        const auto values = 1 + std::ranges::count(value, ',');
        if (name == "FREQ") {
            const auto* const found =
                std::ranges::find_if(frequencies, [&](const Frequency& known) { return same_word(known.word, value); });
            if (found != frequencies.end()) unit = found->seconds;
        } else if (name == "INTERVAL") {
            interval = positive_number(value);
        } else if (name == "BYHOUR" || name == "BYMINUTE" || name == "BYSECOND") {
            times_a_day *= values;
        } else if (name == "BYDAY" || name == "BYMONTHDAY" || name == "BYYEARDAY") {
            many_days = many_days || values > 1;
        }
    });
    if (unit < 3600 || (unit < day && shortest_repeat >= day)) return true;
    long long gap = unit * interval;
    if (many_days || times_a_day > 1) gap = std::min(gap, day);
    return gap / times_a_day < shortest_repeat;
}

/// Neither inline data nor a URI with a scheme of the net: `file:`, `C:\…`, `\\host\…`, `//host/…`, `notes.txt`.
bool local(const Property& attachment) {
    if (same_word(attachment.parameter("VALUE").value_or(""), "BINARY")) return false;
    const std::string_view uri = trimmed(attachment.value);
    if (uri.empty()) return false;
    const auto colon = uri.find(':');
    const bool has_scheme =
        colon != std::string_view::npos && colon > 1 && std::ranges::all_of(uri.substr(0, colon), [](char c) {
            const char l = lower(c);
            return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        });
    return !has_scheme || same_word(uri.substr(0, colon), "file");
}

/// NONE is Apple's: no alarm at all.
constexpr std::array<std::string_view, 3> harmless_actions{"DISPLAY", "AUDIO", "NONE"};

/// More series than this in one message are too many to look at.
constexpr std::size_t most_series = 20;

struct Found {
    std::array<bool, static_cast<std::size_t>(Hazard::sequence_jump) + 1> present{};
    void add(Hazard hazard, bool is_there) noexcept {
        auto& flag = present[static_cast<std::size_t>(hazard)];
        flag = flag || is_there;
    }
};

void look_at(const Property& property, const HazardLimits& limits, Found& found) {
    if (property.is("RRULE")) found.add(Hazard::sub_daily, sub_daily(property.value, limits.shortest_repeat));
    if (property.is("ATTACH") || property.is("IMAGE")) found.add(Hazard::local_attachment, local(property));
    if (property.is("STYLED-DESCRIPTION")) found.add(Hazard::html_description, true);
    if (property.is("X-ALT-DESC"))
        found.add(Hazard::html_description,
                  same_word(trimmed(property.parameter("FMTTYPE").value_or("")), "text/html"));
}

long long duration(const Component& component) {
    const Property* const start = component.find("DTSTART");
    const Property* end = component.find("DTEND");
    if (end == nullptr) end = component.find("DUE");
    const auto from = start == nullptr ? std::nullopt : when(*start);
    const auto to = end == nullptr ? std::nullopt : when(*end);
    if (from && to) return to->seconds - from->seconds;
    return duration_seconds(component.value("DURATION")).value_or(from && from->date ? day : 0);
}

/// When and how often it takes place.
void look_at_series(const Component& component, const HazardLimits& limits, Effort& effort, Found& found) {
    const Recurrence recurrence(component, effort);
    const Property* const start = component.find("DTSTART");
    const auto first = start == nullptr ? std::nullopt : when(*start);
    if (!first) return;
    found.add(Hazard::impossible_rule, recurrence.impossible());

    std::set<std::int64_t> starts;
    const std::int64_t horizon = first->seconds + limits.horizon;
    recurrence.each(horizon, [&](const Instance& instance) {
        starts.insert(instance.seconds);
        return starts.size() <= limits.instances;
    });
    found.add(Hazard::too_many_instances, starts.size() > limits.instances);
    const long long length = duration(component);
    const auto overlap =
        std::ranges::adjacent_find(starts, [&](std::int64_t one, std::int64_t next) { return next - one < length; });
    found.add(Hazard::overlapping, limits.overlap && overlap != starts.end());

    const auto stamp_line = component.find("DTSTAMP");
    const auto stamp = stamp_line == nullptr ? std::nullopt : when(*stamp_line);
    if (!stamp) return;
    found.add(Hazard::far_future, first->seconds > stamp->seconds + limits.far_future);
    bool recent = false;
    const bool whole = recurrence.each(std::numeric_limits<std::int64_t>::max(), [&](const Instance& instance) {
        recent = instance.seconds + length >= stamp->seconds - limits.far_future;
        return !recent;
    });
    found.add(Hazard::far_past, whole && !recent);
}

void look_at(const Component& component, const HazardLimits& limits, Found& found) {
    std::size_t attendees = 0;
    std::size_t attachments = 0;
    std::size_t alarms = 0;
    for (const Property& property : component.properties) {
        look_at(property, limits, found);
        attendees += property.is("ATTENDEE") ? 1 : 0;
        attachments += property.is("ATTACH") ? 1 : 0;
    }
    for (const Component& child : component.components) {
        if (child.name != "VALARM") continue;
        ++alarms;
        for (const Property& property : child.properties)
            if (property.is("ACTION"))
                found.add(Hazard::alarm_action, std::ranges::none_of(harmless_actions, [&](std::string_view action) {
                              return same_word(trimmed(property.value), action);
                          }));
    }
    found.add(Hazard::too_long, duration(component) > limits.longest);
    found.add(Hazard::many_attendees, attendees > limits.attendees);
    found.add(Hazard::many_alarms, alarms > limits.alarms);
    found.add(Hazard::many_attachments, attachments > limits.attachments);
}

}  // namespace

std::vector<Hazard> find_hazards(std::span<const Component> components, const HazardLimits& limits, Effort& effort) {
    Found found;
    std::size_t series = 0;
    for (const Component& component : components) {
        look_at(component, limits, found);
        const bool repeats = component.find("RRULE") != nullptr || component.find("RDATE") != nullptr;
        if (!repeats || ++series <= most_series)
            look_at_series(component, limits, effort, found);
        else
            found.add(Hazard::too_many_instances, true);
        found.add(Hazard::too_many_instances, repeats && effort.spent());
    }
    std::vector<Hazard> hazards;
    for (std::size_t i = 0; i < found.present.size(); ++i)
        if (found.present[i]) hazards.push_back(static_cast<Hazard>(i));
    return hazards;
}

}  // namespace calendar::itip
