#include "calendar/itip/read/hazards/find_hazards.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <set>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/read/hazards/instance_times.h"
#include "calendar/itip/read/hazards/unsafe_content.h"
#include "calendar/itip/read/summary.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/recurrence.h"

namespace calendar::itip {

namespace {

constexpr long long day = day_seconds;

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
    base::for_each_piece(rule, ';', [&](std::string_view piece) {
        const auto equals = std::min(piece.find('='), piece.size());
        const std::string name = base::uppered(base::trimmed(piece.substr(0, equals)));
        const std::string_view value = base::trimmed(piece.substr(std::min(equals + 1, piece.size())));
        const auto values = 1 + std::ranges::count(value, ',');
        if (name == "FREQ") {
            const auto* const found = std::ranges::find_if(
                frequencies, [&](const Frequency& known) { return base::same_word(known.word, value); });
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

/// More series than this in one message are too many to look at.
constexpr std::size_t most_series = 20;

/// An honest sender's clock may be ahead of ours by this, in seconds.
constexpr long long most_ahead = 2 * day;

struct Found {
    std::set<Hazard> hazards;
    void add(Hazard hazard, bool is_there) {
        if (is_there) hazards.insert(hazard);
    }
};

/// What the lines and alarms of a component may do, at every depth; not of those that are never stored.
void look_at_content(const Component& component, const HazardLimits& limits, Found& found) {
    const bool is_alarm = component.name == "VALARM";
    if (is_alarm && !limits.alarms_kept) return;
    found.add(Hazard::alarm_action, is_alarm && has_harmful_action(component));
    for (const Property& property : component.properties) {
        found.add(Hazard::local_attachment, is_local_attachment(property) && !(is_alarm && is_bare_name(property)));
        found.add(Hazard::html_description, is_html_page(property) || has_script(property));
        found.add(Hazard::unsafe_link, has_unsafe_link(property));
    }
    for (const Component& child : component.components)  // bounded: depth
        look_at_content(child, limits, found);
}

/// When the message was written, as far as that is believed: a DTSTAMP of the year 9999 would make every year a near
/// one.
std::optional<std::int64_t> written(const Component& component, const HazardLimits& limits) {
    const auto* const line = component.find("DTSTAMP");
    const auto stamp = line == nullptr ? std::nullopt : moment_of(*line);
    if (!stamp) return std::nullopt;
    return limits.now ? std::min<std::int64_t>(stamp->seconds, *limits.now + most_ahead) : stamp->seconds;
}

/// When and how often it takes place: one search for all that is asked.
void look_at_series(const Component& component, const InstanceLengths& lengths, const HazardLimits& limits,
                    Effort& effort, Found& found) {
    const Recurrence recurrence(component, effort);
    const Property* const start = start_of(component);
    const auto first = start == nullptr ? std::nullopt : moment_of(*start);
    if (!first) return;
    const auto stamp = written(component, limits);
    InstanceStarts::Span span{first->seconds + limits.horizon, limits.instances, {}};
    if (stamp) span.recent = *stamp - limits.far_future - lengths.usual();
    const InstanceStarts starts(recurrence, *start, span);
    found.add(Hazard::impossible_rule, starts.impossible());
    found.add(Hazard::too_many_instances, starts.size() > limits.instances);
    found.add(Hazard::sub_daily, starts.crowd(limits.shortest_repeat));
    found.add(Hazard::overlapping, limits.overlap && starts.overlap(lengths));
    found.add(Hazard::far_future, stamp && first->seconds > *stamp + limits.far_future);
    found.add(Hazard::far_past, !starts.recent());
}

/// At every depth.
std::size_t count_alarms(const Component& component) {
    std::size_t alarms = 0;
    for (const Component& child : component.components)  // bounded: depth
        alarms += count_alarms(child) + (child.name == "VALARM" ? 1 : 0);
    return alarms;
}

void look_at(const Component& component, const InstanceLengths& lengths, const HazardLimits& limits, Found& found) {
    std::size_t attendees = 0;
    std::size_t attachments = 0;
    for (const Property& property : component.properties) {
        if (property.is("RRULE")) found.add(Hazard::sub_daily, sub_daily(property.value, limits.shortest_repeat));
        attendees += property.is("ATTENDEE") ? 1 : 0;
        attachments += property.is("ATTACH") ? 1 : 0;
    }
    found.add(Hazard::too_long, lengths.longest() > limits.longest);
    found.add(Hazard::many_attendees, attendees > limits.attendees);
    found.add(Hazard::many_alarms, limits.alarms_kept && count_alarms(component) > limits.alarms);
    found.add(Hazard::many_attachments, attachments > limits.attachments);
}

}  // namespace

std::vector<Hazard> find_hazards(const Component& vcalendar, const HazardLimits& limits, Effort& effort) {
    Found found;
    look_at_content(vcalendar, limits, found);
    std::size_t series = 0;
    for (const Component& component : vcalendar.components) {
        if (!is_storable(component.name)) continue;
        const InstanceLengths lengths(component);
        look_at(component, lengths, limits, found);
        const bool repeats = component.find("RRULE") != nullptr || component.find("RDATE") != nullptr;
        if (!repeats || ++series <= most_series)
            look_at_series(component, lengths, limits, effort, found);
        else
            found.add(Hazard::too_many_instances, true);
        found.add(Hazard::too_many_instances, repeats && effort.spent());
    }
    return {found.hazards.begin(), found.hazards.end()};
}

}  // namespace calendar::itip
