#include "calendar/itip/time/zone/time_zone.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <vector>

#include <libical/ical.h>
#include <unicode/timezone.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/offset_zone.h"
#include "calendar/itip/time/zone/sender_zones.h"
#include "calendar/itip/time/zone/system_zones.h"
#include "calendar/itip/time/zone/windows_zones.h"

namespace calendar::itip {

namespace {

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

/// A vendor's prefix is any number of segments before the one to three of a name (`America/Argentina/Salta`).
const SystemZone* behind_prefix(std::string_view tzid) {
    constexpr int most_segments = 3;
    if (!tzid.starts_with('/')) return nullptr;
    const SystemZone* longest = nullptr;
    auto slash = tzid.size();
    for (int segments = 0; segments < most_segments && slash > 0; ++segments) {
        slash = tzid.rfind('/', slash - 1);
        if (const auto* const zone = system_zone_named(tzid.substr(slash + 1))) longest = zone;
    }
    return longest;
}

/// Names of the database without an area that are of no place, but of a time that a clock shows. Japan, Cuba or GB are
/// places.
constexpr std::array<std::string_view, 20> words{
    "CET", "CST6CDT", "EET", "EST",     "EST5EDT", "GMT", "GMT+0", "GMT-0",     "GMT0", "Greenwich",
    "HST", "MET",     "MST", "MST7MDT", "PST8PDT", "UCT", "UTC",   "Universal", "WET",  "Zulu"};

/// See zone_named().
const SystemZone* known_to_system(std::string_view tzid) {
    if (tzid.size() > longest_tzid) return nullptr;
    const std::string name = unescaped(tzid);
    if (name == "Factory") return nullptr;  // a clock whose zone nobody set
    if (const auto* const zone = system_zone_named(name)) return zone;
    if (const auto* const zone = system_zone_named(from_windows(name))) return zone;
    return behind_prefix(name);
}

/// The offset in front of a display name, if there is one, must be one that the zone has or had.
bool fits_offset(std::string_view name, const SystemZone& zone) {
    if (!name.starts_with('(')) return true;
    const std::string_view front = name.substr(1, name.find(')') - 1);
    const auto named = offset_changes(front);
    const bool is_utc = base::same_word(front, "UTC") || base::same_word(front, "GMT");
    if (named.empty() && !is_utc) return false;
    return std::ranges::find(zone.changes, is_utc ? 0 : named.front().offset, &OffsetChange::offset) !=
           zone.changes.end();
}

/// What Windows calls a zone. Only where the sender describes no zone of that name: the words are those of everyday.
const SystemZone* called_by_windows(std::string_view name) {
    if (name.size() > longest_tzid) return nullptr;
    const auto* const zone = system_zone_named(from_windows(windows_zone_called(name)));
    return zone != nullptr && fits_offset(name, *zone) ? zone : nullptr;
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

Component rules_under(std::string_view tzid, const SystemZone& zone, std::int64_t since) {
    Component component = rules_of(zone);
    component.set("TZID", escaped(tzid));
    drop_what_is_over(component, since);
    return component;
}

}  // namespace

void load_zones() {
    icalerror_set_errors_are_fatal(0);
    ical_set_unknown_token_handling_setting(ICAL_ASSUME_IANA_TOKEN);
    read_system_zones();
}

Zone zone_named(std::string_view tzid) {
    if (tzid.empty()) return Zone();
    if (tzid.size() > longest_tzid) return Zone(std::span<const OffsetChange>());
    if (const auto of_sender = sender_zone_named(unescaped(tzid))) return Zone(*of_sender);
    if (const SystemZone* const zone = known_to_system(tzid)) return Zone(zone->changes);
    const SystemZone* const called = called_by_windows(tzid);
    return Zone(called != nullptr ? called->changes : offset_changes(tzid));
}

Zone zone_of(const Property& property) {
    return zone_named(property.parameter("TZID").value_or(""));
}

std::string zone_name(const Component& component) {
    return component.name == "VTIMEZONE" ? unescaped(component.value("TZID")) : std::string();
}

bool is_system_zone(std::string_view tzid) {
    return known_to_system(tzid) != nullptr;
}

Reading::Tzid kind_of_tzid(std::string_view tzid) {
    const SystemZone* const zone = known_to_system(tzid);
    if (zone == nullptr) return Reading::Tzid::unknown;
    if (zone->name.starts_with("Etc/")) return Reading::Tzid::word;
    const bool has_area = zone->name.find('/') != std::string_view::npos;
    const bool is_country = !tzid.starts_with('/') && std::ranges::find(words, zone->name) == words.end();
    return has_area || is_country ? Reading::Tzid::place : Reading::Tzid::word;
}

bool is_known_by_name(std::string_view tzid) {
    return is_system_zone(tzid) || tells_its_rules(tzid);
}

bool tells_its_rules(std::string_view tzid) {
    return called_by_windows(tzid) != nullptr || !offset_changes(tzid).empty();
}

std::optional<Component> system_zone(std::string_view tzid, std::int64_t since) {
    const SystemZone* const zone = known_to_system(tzid);
    return zone == nullptr ? std::nullopt : std::optional(rules_under(tzid, *zone, since));
}

std::optional<Component> zone_known_by_name(std::string_view tzid, std::int64_t since) {
    const SystemZone* const zone = called_by_windows(tzid);
    return zone == nullptr ? offset_zone(tzid) : std::optional(rules_under(tzid, *zone, since));
}

}  // namespace calendar::itip
