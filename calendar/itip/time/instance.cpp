#include "calendar/itip/time/instance.h"

#include <chrono>

#include "calendar/base/text.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

std::int64_t floor_day(std::int64_t seconds) noexcept {
    return day_number(std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{seconds}}));
}

bool midnight_clock(const WallClock& clock) noexcept {
    return clock.hour == 0 && clock.minute == 0 && clock.second == 0;
}

/// Midnight of that day in the zone, as an instant.
std::optional<std::int64_t> midnight(std::int64_t day, const Zone& zone) {
    const Moment at = moment_of(wall_clock_at(day * day_seconds), zone);
    return at.floating ? std::nullopt : std::optional(at.seconds);
}

/// The day of an instant in a zone; in UTC when the zone is unknown or none is named.
std::int64_t day_in_zone(std::int64_t seconds, const Zone& zone) {
    const std::int64_t day = floor_day(seconds);
    // Zones are less than a day away from UTC: the day is the last of three whose midnight is not after the instant.
    for (const std::int64_t candidate : {day + 1, day}) {
        const auto start = midnight(candidate, zone);
        if (!start) return day;
        if (*start <= seconds) return candidate;
    }
    return day - 1;
}

}  // namespace

Property single_date(const DateValue& date) {
    Property single{date.list.name, {}, std::string(date.text)};
    for (const auto* const name : {"VALUE", "TZID"})
        single.set_parameter(name, date.list.parameter(name));
    return single;
}

InstanceReader::InstanceReader(const Property* dtstart, const std::string& home) : zone_(zone_named(home)) {
    const auto start = dtstart == nullptr ? std::nullopt : wall_clock(base::trimmed(dtstart->value));
    if (!start) return;
    days_ = start->date;
    utc_ = start->utc;
    at_midnight_ = !days_ && midnight_clock(*start);
    if (const Zone own = zone_of(*dtstart); own.is_named() || utc_) zone_ = own;
}

std::optional<Instance> InstanceReader::read(const Property& property) const {
    return read(DateValue{property, property.value, zone_of(property)});
}

std::optional<Instance> InstanceReader::read(const DateValue& date) const {
    const auto written = wall_clock(base::trimmed(date.text.substr(0, date.text.find_first_of(",/"))));
    return written ? std::optional(read(*written, date.zone)) : std::nullopt;
}

Instance InstanceReader::read(const WallClock& written, const Zone& zone) const {
    const Moment at = moment_of(written, zone.is_named() ? zone : zone_);
    const bool whole_day = written.date || (!written.utc && !at_midnight_ && midnight_clock(written));
    const bool our_clock = !written.utc && (!zone.is_named() || zone == zone_ || (!zone_.is_named() && !utc_));
    const bool day_as_written = whole_day || our_clock || (days_ && !written.utc);
    return Instance{.seconds = at.seconds,
                    .day = day_as_written ? day_number(written.day) : day_in_zone(at.seconds, zone_),
                    .date = written.date,
                    .whole_day = whole_day};
}

void InstanceIndex::add(const Instance& instance, std::size_t place) {
    if (!instance.date) exact_.try_emplace(instance.seconds, place);
    days_.try_emplace(instance.day, place);
    if (instance.whole_day) whole_days_.try_emplace(instance.day, place);
}

std::optional<std::size_t> InstanceIndex::find(const Instance& instance) const {
    if (!instance.date)
        if (const auto found = exact_.find(instance.seconds); found != exact_.end()) return found->second;
    if (const auto found = whole_days_.find(instance.day); found != whole_days_.end()) return found->second;
    if (!instance.whole_day) return std::nullopt;
    const auto found = days_.find(instance.day);
    return found == days_.end() ? std::nullopt : std::optional(found->second);
}

void include_again(Component& master, const InstanceIndex& instances, const InstanceReader& reader) {
    std::vector<Property> kept;
    kept.reserve(master.properties.size());
    for (Property& property : master.properties) {
        if (!property.is("EXDATE")) {
            kept.push_back(std::move(property));
            continue;
        }
        std::string rest;
        std::size_t values = 0;
        std::size_t left = 0;
        for_each_date(property, [&](const DateValue& single) {
            ++values;
            const auto excluded = reader.read(single);
            if (excluded && instances.find(*excluded)) return;
            if (left++ > 0) rest += ',';
            rest += single.text;
        });
        if (left == 0) continue;
        if (left < values) property.value = std::move(rest);
        kept.push_back(std::move(property));
    }
    master.properties = std::move(kept);
}

}  // namespace calendar::itip
