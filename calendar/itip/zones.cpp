#include "calendar/itip/zones.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace calendar::itip {

namespace {

void collect(const Component& component, std::unordered_set<std::string>& used) {
    for (const Property& property : component.properties)
        if (auto zone = property.parameter("TZID")) used.insert(std::move(*zone));
    for (const Component& child : component.components)  // bounded by the lint: depth
        collect(child, used);
}

}  // namespace

void keep_zones(Series& series, const Series& first, const Series& second) {
    std::unordered_set<std::string> used;
    series.each([&](const Component& component) { collect(component, used); });
    std::vector<Component> others;
    for (Component& component : series.calendar.components) {
        if (component.name == "VTIMEZONE") continue;
        collect(component, used);
        others.push_back(std::move(component));
    }

    std::vector<Component> components;
    for (const Series* const source : {&first, &second})
        for (const Component& component : source->calendar.components)
            if (component.name == "VTIMEZONE" && used.erase(component.value("TZID")) > 0)
                components.push_back(component);
    std::ranges::move(others, std::back_inserter(components));
    series.calendar.components = std::move(components);
}

}  // namespace calendar::itip
