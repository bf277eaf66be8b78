#include "calendar/itip/ical.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include <libical/ical.h>

#include "calendar/itip/text.h"

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

struct FreeComponent {
    void operator()(icalcomponent* component) const noexcept { icalcomponent_free(component); }
};
using OwnedComponent = std::unique_ptr<icalcomponent, FreeComponent>;

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

/// The system's zone of a TZID: an IANA name, also behind a vendor's prefix (`/mozilla.org/20070129_1/Europe/Berlin`).
icaltimezone* zone_of(std::string_view tzid) {
    const auto& all = zones();
    if (const auto found = all.find(tzid); found != all.end()) return found->second;
    while (tzid.starts_with('/')) {
        const auto next = tzid.find('/', 1);
        if (next == std::string_view::npos) return nullptr;
        if (const auto found = all.find(tzid.substr(next + 1)); found != all.end()) return found->second;
        tzid.remove_prefix(next);
    }
    return nullptr;
}

constexpr std::array<std::string_view, 8> judged_components{"VCALENDAR", "VEVENT",    "VTODO",    "VJOURNAL",
                                                            "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT"};
constexpr std::array<std::string_view, 5> dates{"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "DTSTAMP"};
constexpr std::array<std::string_view, 2> date_lists{"RDATE", "EXDATE"};
constexpr std::array<std::string_view, 2> rules{"RRULE", "EXRULE"};
constexpr std::array<std::string_view, 8> others{"METHOD",  "UID",  "ORGANIZER",    "ATTENDEE",
                                                 "VERSION", "TZID", "TZOFFSETFROM", "TZOFFSETTO"};
constexpr std::size_t longest_value_type = 16;  // bytes of DATE-TIME, PERIOD …
constexpr std::string_view dummy_product = "-//example.org//validate//EN";

template <std::size_t N>
bool among(const Property& property, const std::array<std::string_view, N>& names) noexcept {
    return std::ranges::any_of(names, [&](std::string_view name) { return property.is(name); });
}

tl::unexpected<Refusal> bad(const Component& component, std::string_view what) {
    return refuse(Reason::bad_calendar, component.name + ": " + std::string(what));
}

/// Our own judgement of a value that libical is too lenient with (it takes February 31st, 25 o'clock and a DURATION
/// that wraps).
Expected<void> check_value(const Component& component, const Property& property) {
    const bool is_list = among(property, date_lists);
    if (trimmed(property.value).empty() && (is_list || among(property, rules) || property.is("DURATION"))) return {};
    if ((among(property, dates) || is_list) && !all_when(property))
        return bad(component, uppered(property.name) + " is no date");
    if (among(property, dates) && property.value.find(',') != std::string::npos)
        return bad(component, uppered(property.name) + " has more than one value");
    if (property.is("DURATION") && !duration_seconds(trimmed(property.value)))
        return bad(component, "DURATION is no duration");
    return {};
}

/// What libical gets to see: the components and properties that scheduling hangs on, and nothing that is known to trip
/// it.
Expected<Component> judged_part(const Component& component) {
    Component part{component.name, {}, {}};
    if (component.name == "VCALENDAR") part.properties.push_back({"PRODID", {}, std::string(dummy_product)});
    for (const Property& property : component.properties) {
        if (auto fine = check_value(component, property); !fine) return tl::unexpected(fine.error());
        const bool judged = among(property, dates) || among(property, date_lists) || among(property, rules) ||
                            among(property, others) || property.is("DURATION");
        if (!judged || trimmed(property.value).empty()) continue;
        part.properties.push_back(property);
        // libical copies the parameters for each value of a list: 500 values with 64 of them would take a gigabyte.
        // Whether the value is a date hangs on VALUE alone; the parties keep theirs, where a misread parameter would
        // show.
        if (!property.is("ORGANIZER") && !property.is("ATTENDEE")) {
            const auto type = property.parameter("VALUE");
            part.properties.back().parameters.clear();
            if (type && type->size() <= longest_value_type) part.properties.back().set_parameter("VALUE", type);
        }
    }
    for (const Component& child : component.components) {
        if (std::ranges::find(judged_components, child.name) == judged_components.end()) continue;
        auto judged = judged_part(child);
        if (!judged) return judged;
        part.components.push_back(std::move(*judged));
    }
    return part;
}

/// Complaints, less those about single parameters: an unknown parameter changes nothing that is compared here.
bool complains(icalcomponent* component) {
    for (icalproperty* p = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY); p != nullptr;
         p = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY)) {
        const icalparameter* const type = icalproperty_get_first_parameter(p, ICAL_XLICERRORTYPE_PARAMETER);
        const icalparameter_xlicerrortype about =
            type == nullptr ? ICAL_XLICERRORTYPE_NONE : icalparameter_get_xlicerrortype(type);
        if (about != ICAL_XLICERRORTYPE_PARAMETERNAMEPARSEERROR && about != ICAL_XLICERRORTYPE_PARAMETERVALUEPARSEERROR)
            return true;
    }
    return false;
}

enum class Compared { text, escaped_text, count, list };

struct Comparison {
    std::string_view name;
    icalproperty_kind kind;
    Compared as;
};

constexpr std::array<Comparison, 13> comparisons{{
    {"ORGANIZER", ICAL_ORGANIZER_PROPERTY, Compared::text},
    {"ATTENDEE", ICAL_ATTENDEE_PROPERTY, Compared::text},
    {"UID", ICAL_UID_PROPERTY, Compared::escaped_text},
    {"TZID", ICAL_TZID_PROPERTY, Compared::escaped_text},
    {"METHOD", ICAL_METHOD_PROPERTY, Compared::count},
    {"DTSTART", ICAL_DTSTART_PROPERTY, Compared::count},
    {"DTEND", ICAL_DTEND_PROPERTY, Compared::count},
    {"DUE", ICAL_DUE_PROPERTY, Compared::count},
    {"DURATION", ICAL_DURATION_PROPERTY, Compared::count},
    {"RECURRENCE-ID", ICAL_RECURRENCEID_PROPERTY, Compared::count},
    {"RRULE", ICAL_RRULE_PROPERTY, Compared::count},
    {"RDATE", ICAL_RDATE_PROPERTY, Compared::list},
    {"EXDATE", ICAL_EXDATE_PROPERTY, Compared::list},
}};

/// What the comparison looks at in one value: libical escapes TEXT anew, and only counts matter where dates were judged
/// already.
std::string seen_as(Compared as, std::string value) {
    switch (as) {
        case Compared::text:
            return value;
        case Compared::escaped_text:
            std::erase(value, '\\');
            return value;
        case Compared::count:
        case Compared::list:
            return {};
    }
    return {};
}

std::vector<std::string> our_values(const Component& component, const Comparison& comparison) {
    std::vector<std::string> values;
    for (const Property& property : component.properties) {
        if (!property.is(comparison.name)) continue;
        const auto more = comparison.as == Compared::list ? std::ranges::count(property.value, ',') : 0;
        values.insert(values.end(), static_cast<std::size_t>(more) + 1, seen_as(comparison.as, property.value));
    }
    return values;
}

/// A list is as many properties in libical as it has values.
std::vector<std::string> their_values(icalcomponent* component, const Comparison& comparison) {
    std::vector<std::string> values;
    for (icalproperty* p = icalcomponent_get_first_property(component, comparison.kind); p != nullptr;
         p = icalcomponent_get_next_property(component, comparison.kind)) {
        const char* const text = icalproperty_get_value_as_string(p);
        values.push_back(seen_as(comparison.as, text == nullptr ? "" : text));
    }
    return values;
}

/// libical puts every VTIMEZONE before all that it read earlier.
std::vector<const Component*> in_their_order(const std::vector<Component>& components) {
    std::vector<const Component*> order;
    for (auto component = components.rbegin(); component != components.rend(); ++component)
        if (component->name == "VTIMEZONE") order.push_back(&*component);
    for (const Component& component : components)
        if (component.name != "VTIMEZONE") order.push_back(&component);
    return order;
}

Expected<void> same(const Component& ours, icalcomponent* theirs) {
    if (icalcomponent_isa(theirs) != icalcomponent_string_to_kind(ours.name.c_str()))
        return bad(ours, "read as another component");
    if (complains(theirs)) return bad(ours, "a value is not valid");
    for (const Comparison& comparison : comparisons)
        if (our_values(ours, comparison) != their_values(theirs, comparison))
            return bad(ours, std::string(comparison.name) + " is read differently by libical");
    for (icalproperty* p = icalcomponent_get_first_property(theirs, ICAL_RRULE_PROPERTY); p != nullptr;
         p = icalcomponent_get_next_property(theirs, ICAL_RRULE_PROPERTY))
        if (icalproperty_get_rrule(p).freq == ICAL_NO_RECURRENCE) return bad(ours, "RRULE is no rule");

    icalcomponent* child = icalcomponent_get_first_component(theirs, ICAL_ANY_COMPONENT);
    for (const Component* const our_child : in_their_order(ours.components)) {
        if (child == nullptr) return bad(ours, "a component is missing");
        if (auto fine = same(*our_child, child); !fine) return fine;
        child = icalcomponent_get_next_component(theirs, ICAL_ANY_COMPONENT);
    }
    if (child != nullptr) return bad(ours, "a component too many");
    return {};
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
    if (zones().empty()) throw std::runtime_error("no time zones: is tzdata installed?");
}

std::optional<int> utc_offset(std::string_view tzid, const WallClock& clock) {
    icaltimezone* const zone = zone_of(tzid);
    if (zone == nullptr) return std::nullopt;
    icaltimetype local = icaltime_null_time();
    local.year = covered_year(clock.day.year());
    local.month = static_cast<int>(static_cast<unsigned>(clock.day.month()));
    local.day = static_cast<int>(static_cast<unsigned>(clock.day.day()));
    local.hour = clock.hour;
    local.minute = clock.minute;
    local.second = clock.second;
    int daylight = 0;
    return icaltimezone_get_utc_offset(zone, &local, &daylight);
}

Expected<void> validate(const Component& vcalendar) {
    const auto part = judged_part(vcalendar);
    if (!part) return tl::unexpected(part.error());
    const OwnedComponent theirs(icalparser_parse_string(write_document(*part).c_str()));
    if (theirs == nullptr) return bad(vcalendar, "libical cannot read it");
    return same(*part, theirs.get());
}

}  // namespace calendar::itip
