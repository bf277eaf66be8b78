#include "calendar/itip/time/time_zone.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <vector>

#include <libical/ical.h>
#include <unicode/timezone.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/text/read_calendar.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/offset_zone.h"
#include "calendar/itip/time/system_zones.h"
#include "calendar/itip/time/windows_zones.h"

namespace calendar::itip {

namespace {

/// The year itself, or beyond what is covered the last one with the same calendar: a zone's rule for the years to come
/// goes by month and day of the week. Any 28 years without a century in them have all calendars.
int covered_year(std::chrono::year year) noexcept {
    using namespace std::chrono;
    const auto first_weekday = [](std::chrono::year of) { return weekday(sys_days(of / January / 1)); };
    std::chrono::year same(zones_end - 1);
    if (year <= same) return static_cast<int>(year);
    while (same.is_leap() != year.is_leap() || first_weekday(same) != first_weekday(year))
        --same;
    return static_cast<int>(same);
}

constexpr std::size_t longest_name = 255;
constexpr int longest_change = 3 * 3600;  // of a clock at once, in seconds

/// Of a time that a change of clocks leaves out or brings twice, the offset before the change counts (RFC 5545 3.3.5):
/// the change does so when both clocks are past it.
int offset_in(const SystemZone& zone, const WallClock& clock) {
    WallClock covered = clock;
    covered.day = std::chrono::year(covered_year(clock.day.year())) / clock.day.month() / clock.day.day();
    const std::int64_t local = covered.seconds();
    const auto& changes = zone.changes;
    std::size_t last = changes.size() - 1;
    while (last > 0 && local < changes[last].utc + std::max(changes[last].offset, changes[last - 1].offset))
        --last;
    return static_cast<int>(changes[last].offset);
}

/// The same of a zone that a sender describes.
int offset_in(icaltimezone* zone, const WallClock& clock) {
    icaltimetype local = icaltime_null_time();
    local.year = covered_year(clock.day.year());
    local.month = static_cast<int>(static_cast<unsigned>(clock.day.month()));
    local.day = static_cast<int>(static_cast<unsigned>(clock.day.day()));
    local.hour = clock.hour;
    local.minute = clock.minute;
    local.second = clock.second;
    const auto offset_before = [&](int seconds) {
        icaltimetype at = local;
        icaltime_adjust(&at, 0, 0, 0, -seconds);
        int daylight = 0;
        return icaltimezone_get_utc_offset(zone, &at, &daylight);
    };
    // Of a time that a change of clocks leaves out or brings twice, libical takes the offset after the change, RFC 5545
    // 3.3.5 the one before it.
    const int offset = offset_before(0);
    const int before = offset_before(longest_change);
    return before != offset && offset_before(std::abs(offset - before)) == before ? before : offset;
}

/// The IANA name of a Windows name; empty when it is none.
std::string from_windows(std::string_view name) {
    icu::UnicodeString iana;
    UErrorCode error = U_ZERO_ERROR;
    icu::TimeZone::getIDForWindowsID(
        icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int>(name.size()))), nullptr, iana,
        error);
    std::string text;
    return U_SUCCESS(error) ? iana.toUTF8String(text) : text;
}

/// The system's zone of a TZID, see utc_offset().
const SystemZone* zone_of(std::string_view tzid) {
    if (tzid.size() > longest_name) return nullptr;
    if (const auto* const zone = system_zone_named(tzid)) return zone;
    if (const auto* const zone = system_zone_named(from_windows(tzid))) return zone;
    if (const auto* const zone = system_zone_named(from_windows(windows_zone_called(tzid)))) return zone;
    while (tzid.starts_with('/')) {
        if (const auto* const zone = system_zone_named(tzid.substr(1))) return zone;
        tzid.remove_prefix(std::min(tzid.find('/', 1), tzid.size()));
    }
    return nullptr;
}

using SenderZoneMap = std::map<std::string, icaltimezone*, std::less<>>;

/// Those of the SenderZones that are alive.
SenderZoneMap& sender_zones() {
    thread_local SenderZoneMap all;
    return all;
}

/// The whole VTIMEZONE of a system's zone, read once.
const Component& rules_of(const SystemZone& zone) {
    thread_local std::map<const char*, Component> all;
    const auto [place, is_new] = all.try_emplace(zone.rules.data());
    if (is_new) {
        auto read = read_calendar("BEGIN:VCALENDAR\r\n" + std::string(zone.rules) + "END:VCALENDAR\r\n",
                                  {.limits = stored_limits});
        place->second = std::move(read.value().calendars.front().components.front());
    }
    return place->second;
}

/// Without the onsets that were over before `since`, a wall clock: what is left starts with the last of them.
void drop_what_is_over(Component& zone, std::int64_t since) {
    const auto last_onset = [](const Component& observance) {
        std::int64_t last = 0;
        for (const Property& property : observance.properties) {
            if (property.is("RRULE")) {
                const auto until = property.value.find("UNTIL=");
                if (until == std::string::npos) return std::numeric_limits<std::int64_t>::max();
                const std::string_view text = std::string_view(property.value).substr(until + 6);
                if (const auto clock = wall_clock(text.substr(0, text.find(';'))))
                    last = std::max(last, clock->seconds());
            } else if (property.is("DTSTART") || property.is("RDATE")) {
                if (const auto clock = wall_clock(base::trimmed(property.value)))
                    last = std::max(last, clock->seconds());
            }
        }
        return last;
    };
    std::vector<std::int64_t> lasts;
    std::int64_t newest_over = std::numeric_limits<std::int64_t>::min();
    for (const Component& observance : zone.components) {
        lasts.push_back(last_onset(observance));
        if (lasts.back() < since) newest_over = std::max(newest_over, lasts.back());
    }
    std::vector<Component> kept;
    for (std::size_t i = 0; i < lasts.size(); ++i)
        if (lasts[i] >= since || lasts[i] == newest_over) kept.push_back(std::move(zone.components[i]));
    zone.components = std::move(kept);
}

/// What libical gets to see of a VTIMEZONE: nothing but what tells the clock.
Component clock_rules(const Component& zone) {
    Component rules{zone.name, {}, {}};
    for (const Property& property : zone.properties)
        if (is_load_bearing(property.name, PropertyRule::place(zone.name)))
            rules.properties.push_back({property.name, {}, property.value});
    for (const Component& child : zone.components)  // bounded: depth
        rules.components.push_back(clock_rules(child));
    return rules;
}

}  // namespace

void load_zones() {
    icalerror_set_errors_are_fatal(0);
    ical_set_unknown_token_handling_setting(ICAL_ASSUME_IANA_TOKEN);
    read_system_zones();
}

std::optional<int> utc_offset(std::string_view tzid, const WallClock& clock) {
    if (const SystemZone* const zone = zone_of(tzid)) return offset_in(*zone, clock);
    const auto found = sender_zones().find(unescaped(tzid));
    return found == sender_zones().end() ? named_offset(tzid) : offset_in(found->second, clock);
}

std::string zone_name(const Component& component) {
    return component.name == "VTIMEZONE" ? unescaped(component.value("TZID")) : std::string();
}

bool is_system_zone(std::string_view tzid) {
    return zone_of(tzid) != nullptr;
}

std::optional<Component> system_zone(std::string_view tzid, std::int64_t since) {
    const SystemZone* const zone = zone_of(tzid);
    if (zone == nullptr) return std::nullopt;
    Component component = rules_of(*zone);
    component.set("TZID", escaped(tzid));
    drop_what_is_over(component, since);
    return component;
}

SenderZones::SenderZones(const Component& calendar) {
    for (const Component& component : calendar.components) {
        const std::string tzid = zone_name(component);
        if (tzid.empty() || zone_of(tzid) != nullptr || sender_zones().contains(tzid)) continue;
        const std::string text = write_document({"VCALENDAR", {}, {clock_rules(component)}});
        icalcomponent* const parsed = icalparser_parse_string(text.c_str());
        icalcomponent* const rules =
            parsed == nullptr ? nullptr : icalcomponent_get_first_component(parsed, ICAL_VTIMEZONE_COMPONENT);
        if (rules != nullptr) {
            icalcomponent_remove_component(parsed, rules);
            icaltimezone* const zone = icaltimezone_new();
            if (icaltimezone_set_component(zone, rules) != 0) {
                sender_zones().emplace(tzid, zone);
                names_.push_back(tzid);
            } else {
                icalcomponent_free(rules);
                icaltimezone_free(zone, 1);
            }
        }
        if (parsed != nullptr) icalcomponent_free(parsed);
    }
}

SenderZones::~SenderZones() {
    for (const std::string& name : names_) {
        const auto found = sender_zones().find(name);
        icaltimezone_free(found->second, 1);
        sender_zones().erase(found);
    }
}

}  // namespace calendar::itip
