#include "calendar/itip/time/time_zone.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include <libical/ical.h>
#include <unicode/timezone.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/sender_zones.h"
#include "calendar/itip/time/system_zones.h"

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

/// See zone_named().
const SystemZone* known_to_system(std::string_view tzid) {
    if (tzid.size() > longest_tzid) return nullptr;
    if (const auto* const zone = system_zone_named(tzid)) return zone;
    if (const auto* const zone = system_zone_named(from_windows(tzid))) return zone;
    return behind_prefix(tzid);
}

/// The whole VTIMEZONE of a system's zone, read once.
const Component& rules_of(const SystemZone& zone) {
    thread_local std::map<const char*, Component> all;
    const auto [place, is_new] = all.try_emplace(zone.rules.data());
    if (is_new) {
        auto calendars = parse_document("BEGIN:VCALENDAR\r\n" + std::string(zone.rules) + "END:VCALENDAR\r\n");
        place->second = std::move(calendars.value().front().components.front());
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

}  // namespace

void load_zones() {
    icalerror_set_errors_are_fatal(0);
    ical_set_unknown_token_handling_setting(ICAL_ASSUME_IANA_TOKEN);
    read_system_zones();
}

Zone zone_named(std::string_view tzid) {
    if (tzid.empty()) return Zone();
    if (tzid.size() > longest_tzid) return Zone(std::span<const OffsetChange>());
    if (const SystemZone* const zone = known_to_system(tzid)) return Zone(zone->changes);
    return Zone(sender_zone_named(unescaped(tzid)));
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

std::optional<Component> system_zone(std::string_view tzid, std::int64_t since) {
    const SystemZone* const zone = known_to_system(tzid);
    if (zone == nullptr) return std::nullopt;
    Component component = rules_of(*zone);
    component.set("TZID", std::string(tzid));
    drop_what_is_over(component, since);
    return component;
}

}  // namespace calendar::itip
