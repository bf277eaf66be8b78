#include "calendar/itip/time/zone/zone_uses.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/text/quoted.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/rule.h"

namespace calendar::itip {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

void add(std::optional<Reach>& reach, std::int64_t seconds) {
    if (!reach) reach = Reach{never, -never};
    reach->begin = std::min(reach->begin, seconds - day_seconds);
    reach->end = std::max(reach->end, seconds + day_seconds);
}

/// A date, or a period.
void add_value(std::optional<Reach>& reach, std::string_view value) {
    value = base::trimmed(value);
    const auto slash = std::min(value.find('/'), value.size());
    const auto begin = wall_clock(value.substr(0, slash));
    if (!begin) return;
    add(reach, begin->seconds());
    if (slash == value.size()) return;
    const std::string_view rest = value.substr(slash + 1);
    if (const auto end = wall_clock(rest))
        add(reach, end->seconds());
    else if (const auto length = duration_seconds(rest))
        add(reach, begin->seconds() + *length);
}

std::int64_t end_of_rule(const Property& line, const WallClock& start) {
    const auto rule = Rule::read(line.value, start);
    return rule && rule->until() ? rule->until()->seconds() + 2 * day_seconds : never;
}

}  // namespace

void collect_zones(const Component& component, UsedZones& used) {
    for (const Property& property : component.properties)
        if (auto zone = property.parameter("TZID")) used.emplace(unescaped(*zone), *zone);
    for (const Component& child : component.components)  // bounded: depth
        collect_zones(child, used);
}

void rename_zones(Component& component, const NewNames& renamed) {
    for (Property& property : component.properties)
        if (const auto tzid = property.parameter("TZID"))
            if (const auto now = renamed.find(unescaped(*tzid)); now != renamed.end())
                property.set_parameter("TZID", now->second);
    for (Component& child : component.components)  // bounded: depth
        rename_zones(child, renamed);
}

std::string numbered(const std::string& name, int number) {
    return name + ' ' + std::to_string(number);
}

tl::unexpected<Refusal> no_name_for(const Component& zone) {
    const std::string name = zone.value("TZID").substr(0, longest_name);
    return refuse(
        Reason::too_complex,
        fault(zone, fmt::format("'{0}' has other rules elsewhere, and the names '{0} 2' to '{0} {1}' are taken", name,
                                last_number)));
}

bool is_numbered(std::string_view numbered, std::string_view name) {
    if (!numbered.starts_with(name) || numbered.size() == name.size()) return false;
    std::string_view rest = numbered.substr(name.size());
    while (rest.starts_with(' ')) {
        const std::string_view number = rest.substr(1, rest.find(' ', 1) - 1);
        if (!base::digits_only(number)) return false;
        rest.remove_prefix(1 + number.size());
    }
    return rest.empty();
}

std::optional<Reach> reach_of(const Component& component) {
    std::optional<Reach> reach;
    for (const Property& property : component.properties)
        if (has_times(property))
            base::for_each_piece(property.value, ',', [&](std::string_view value) { add_value(reach, value); });
    if (!reach) return reach;
    const auto start = wall_clock(component.value("DTSTART"));
    for (const Property& property : component.properties) {
        const auto length = property.is("DURATION") ? duration_seconds(base::trimmed(property.value)) : std::nullopt;
        if (length && start) add(reach, start->seconds() + *length);
        if (property.is("RRULE")) reach->end = std::max(reach->end, start ? end_of_rule(property, *start) : never);
    }
    return reach;
}

}  // namespace calendar::itip
