#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "calendar/itip/hazard.h"
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

bool too_long(const Component& component, long long longest) {
    const Property* const start = component.find("DTSTART");
    const Property* end = component.find("DTEND");
    if (end == nullptr) end = component.find("DUE");
    if (start != nullptr && end != nullptr) {
        const auto from = when(*start);
        const auto to = when(*end);
        if (from && to && to->seconds - from->seconds > longest) return true;
    }
    return duration_seconds(component.value("DURATION")).value_or(0) > longest;
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

struct Found {
    std::array<bool, static_cast<std::size_t>(Hazard::html_description) + 1> present{};
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
                found.add(Hazard::alarm_action, !same_word(trimmed(property.value), "DISPLAY") &&
                                                    !same_word(trimmed(property.value), "AUDIO"));
    }
    found.add(Hazard::too_long, too_long(component, limits.longest));
    found.add(Hazard::many_attendees, attendees > limits.attendees);
    found.add(Hazard::many_alarms, alarms > limits.alarms);
    found.add(Hazard::many_attachments, attachments > limits.attachments);
}

}  // namespace

std::vector<Hazard> find_hazards(std::span<const Component> components, const HazardLimits& limits) {
    Found found;
    for (const Component& component : components)
        look_at(component, limits, found);
    std::vector<Hazard> hazards;
    for (std::size_t i = 0; i < found.present.size(); ++i)
        if (found.present[i]) hazards.push_back(static_cast<Hazard>(i));
    return hazards;
}

}  // namespace calendar::itip
