#include "calendar/itip/time/time_zone.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include <libical/ical.h>
#include <unicode/timezone.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

namespace fs = std::filesystem;

/// Changes of offset are computed up to here when zones are loaded, and never again: computing a century later costs
/// milliseconds a zone, under a lock of the whole process, and a sender can name every year and zone.
constexpr int covered_until = 2040;

/// The year itself, or beyond what is covered the last one with the same calendar: a zone's rule for the years to come
/// goes by month and day of the week. Any 28 years without a century in them have all calendars.
int covered_year(std::chrono::year year) noexcept {
    using namespace std::chrono;
    const auto first_weekday = [](std::chrono::year of) { return weekday(sys_days(of / January / 1)); };
    std::chrono::year same(covered_until - 1);
    if (year <= same) return static_cast<int>(year);
    while (same.is_leap() != year.is_leap() || first_weekday(same) != first_weekday(year))
        --same;
    return static_cast<int>(same);
}

constexpr std::size_t longest_name = 255;
constexpr int longest_change = 3 * 3600;  // of a clock at once, in seconds

/// IANA names to libical's zones. Written by load_zones() only; libical's own look-up reads files and is not safe among
/// threads.
std::map<std::string, icaltimezone*, std::less<>>& zones() {
    static std::map<std::string, icaltimezone*, std::less<>> all;
    return all;
}

bool is_zone_file(const fs::path& path) {
    std::array<char, 4> magic{};
    return std::ifstream(path, std::ios::binary).read(magic.data(), magic.size()) &&
           std::string_view(magic.data(), magic.size()) == "TZif";
}

void load(icaltimezone* zone, const std::string& name) {
    if (zone == nullptr || icaltimezone_get_component(zone) == nullptr) return;
    icaltimetype covered = icaltime_null_time();
    covered.year = covered_until;
    covered.month = covered.day = 1;
    int daylight = 0;
    icaltimezone_get_utc_offset(zone, &covered, &daylight);
    zones().emplace(name, zone);
}

/// The names in the zone directory, links resolved to the name they stand for.
std::map<std::string, std::string> names_in(const fs::path& directory) {
    std::map<std::string, std::string> names;
    const fs::path root = fs::canonical(directory);
    for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
        const std::string name = entry->path().lexically_relative(root).generic_string();
        if (entry->is_directory() && (name == "posix" || name == "right")) entry.disable_recursion_pending();
        if (!entry->is_regular_file() || name == "localtime" || name == "posixrules" || !is_zone_file(entry->path()))
            continue;
        const std::string target = fs::canonical(entry->path()).lexically_relative(root).generic_string();
        names.emplace(name, target.starts_with("..") ? name : target);
    }
    return names;
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

/// The system's zone of a TZID: an IANA name, also behind a vendor's prefix (`/mozilla.org/20070129_1/Europe/Berlin`),
/// or a Windows name.
icaltimezone* zone_of(std::string_view tzid) {
    if (tzid.size() > longest_name) return nullptr;
    const auto& all = zones();
    if (const auto found = all.find(tzid); found != all.end()) return found->second;
    if (const auto found = all.find(from_windows(tzid)); found != all.end()) return found->second;
    while (tzid.starts_with('/')) {
        if (const auto found = all.find(tzid.substr(1)); found != all.end()) return found->second;
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
const Component& rules_of(icaltimezone* zone) {
    thread_local std::map<const icaltimezone*, Component> all;
    const auto [place, is_new] = all.try_emplace(zone);
    if (is_new) {
        char* const text = icalcomponent_as_ical_string_r(icaltimezone_get_component(zone));
        auto calendars = parse_document("BEGIN:VCALENDAR\r\n" + std::string(text) + "END:VCALENDAR\r\n");
        icalmemory_free_buffer(text);
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
    if (!zones().empty()) return;
    icalerror_set_errors_are_fatal(0);
    ical_set_unknown_token_handling_setting(ICAL_ASSUME_IANA_TOKEN);
    const icalarray* const builtin = icaltimezone_get_builtin_timezones();
    for (std::size_t i = 0; i < builtin->num_elements; ++i) {
        auto* const zone = static_cast<icaltimezone*>(icalarray_element_at(const_cast<icalarray*>(builtin), i));
        load(zone, icaltimezone_get_location(zone));
    }
    const char* const directory = icaltzutil_get_zone_directory();
    const auto names = directory == nullptr ? std::map<std::string, std::string>{} : names_in(directory);
    // First the files, then the links to them: a link costs nothing.
    for (const auto& [name, target] : names)
        if (name == target && !zones().contains(name)) load(icaltimezone_get_builtin_timezone(name.c_str()), name);
    for (const auto& [name, target] : names)
        if (const auto found = zones().find(target); found != zones().end()) zones().emplace(name, found->second);
    if (zones().empty()) throw std::runtime_error("cannot read time zones; install tzdata");
}

std::optional<int> utc_offset(std::string_view tzid, const WallClock& clock) {
    icaltimezone* zone = zone_of(tzid);
    if (zone == nullptr) {
        const auto found = sender_zones().find(unescaped(tzid));
        if (found == sender_zones().end()) return std::nullopt;
        zone = found->second;
    }
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

std::string zone_name(const Component& component) {
    return component.name == "VTIMEZONE" ? unescaped(component.value("TZID")) : std::string();
}

bool is_system_zone(std::string_view tzid) {
    return zone_of(tzid) != nullptr;
}

std::optional<Component> system_zone(std::string_view tzid, std::int64_t since) {
    icaltimezone* const zone = zone_of(tzid);
    if (zone == nullptr) return std::nullopt;
    Component component = rules_of(zone);
    component.set("TZID", std::string(tzid));
    drop_what_is_over(component, since);
    return component;
}

SenderZones::SenderZones(const Component& calendar) {
    for (const Component& component : calendar.components) {
        const std::string tzid = zone_name(component);
        if (tzid.empty() || zone_of(tzid) != nullptr || sender_zones().contains(tzid)) continue;
        const std::string text = write_document({"VCALENDAR", {}, {component}});
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
