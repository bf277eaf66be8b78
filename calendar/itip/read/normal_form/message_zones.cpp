#include "calendar/itip/read/normal_form/message_zones.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

#include "calendar/itip/read/normal_form/complete.h"
#include "calendar/itip/text/quoted.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "calendar/itip/time/zone/vtimezone.h"

namespace calendar::itip {

namespace {

/// The names of the zones of a message.
struct Uses {
    std::set<std::string> named;
    std::set<std::string> needed;  ///< by a time that nothing else than a VTIMEZONE tells
};

/// In an answer or a cancellation only the times that name an instance count.
bool counts(const Property& property, Method method) {
    return needs_zone(property) && (brings_event(method) || property.is("RECURRENCE-ID"));
}

void collect(const Component& component, Method method, Uses& uses) {
    for (const Property& property : component.properties)
        if (const auto tzid = property.parameter("TZID")) {
            uses.named.insert(unescaped(*tzid));
            if (counts(property, method) && !tells_its_rules(*tzid)) uses.needed.insert(unescaped(*tzid));
        }
    for (const Component& child : component.components)  // bounded: depth
        collect(child, method, uses);
}

tl::unexpected<Refusal> refuse_zone(const Component& zone, std::string_view what) {
    const Property* const tzid = zone.find("TZID");
    return refuse(Reason::bad_calendar, tzid == nullptr ? fault(zone, what) : fault(zone, *tzid, what));
}

/// Of a word, an empty one stands for the rules of the system.
Expected<void> check_needed(const std::vector<Component>& calendars, const std::set<std::string>& needed) {
    std::map<std::string, const Component*> zones;
    for (const Component& calendar : calendars)
        for (const Component& component : calendar.components) {
            const std::string name = zone_name(component);
            const auto kind = kind_of_tzid(name);
            if (!needed.contains(name) || kind == Reading::Tzid::place) continue;
            const auto [place, is_new] = zones.try_emplace(name, &component);
            if (!is_new && !same_rules(*place->second, component))
                return refuse_zone(component, "another VTIMEZONE of that name has other rules");
            if (component.components.empty() && kind == Reading::Tzid::unknown)
                return refuse_zone(component,
                                   fmt::format("{} has neither STANDARD nor DAYLIGHT", name.substr(0, longest_name)));
        }
    return {};
}

}  // namespace

Expected<void> settle_zones(CalendarText& text, Method method, Effort& effort) {
    Uses uses;
    for (const Component& calendar : text.calendars)
        collect(calendar, method, uses);
    for (BrokenZone& broken : text.broken_zones) {
        if (std::ranges::any_of(broken.names, [&](const std::string& name) { return uses.needed.contains(name); }))
            return tl::unexpected(std::move(broken.fault));
        text.dropped.add(Dropped::What::zone, broken.line, broken.names.empty() ? "" : broken.names.front());
    }
    for (Component& calendar : text.calendars)
        std::erase_if(calendar.components, [&](const Component& component) {
            const std::string name = zone_name(component);
            if (component.name != "VTIMEZONE" || uses.needed.contains(name)) return false;
            if (!uses.named.contains(name)) return true;
            if (kind_of_tzid(name) == Reading::Tzid::place || clock_changes(component, effort)) return false;
            text.dropped.add(Dropped::What::zone, component.line, name);
            return true;
        });
    return check_needed(text.calendars, uses.needed);
}

}  // namespace calendar::itip
