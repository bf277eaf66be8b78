#include "calendar/itip/text/series.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

constexpr std::string_view our_product = "-//imip-milter//EN";

bool is_uid_component(std::string_view name) noexcept {
    return name == "VEVENT" || name == "VTODO" || name == "VJOURNAL" || name == "VFREEBUSY";
}

bool programs_touch_property(const Property& property) noexcept {
    return property.is("CREATED") || property.is("LAST-MODIFIED");
}

bool programs_touch_parameter(std::string_view name) noexcept {
    return name == "RSVP" || name.starts_with("SCHEDULE-");
}

std::string canonical(const Property& property) {
    std::vector<std::string> parameters;
    for (const Parameter& parameter : property.parameters) {
        const std::string name = base::uppered(parameter.name);
        if (programs_touch_parameter(name)) continue;
        std::string value = parameter.value;
        std::erase(value, '"');
        parameters.push_back((';' + name).append("=").append(value));
    }
    std::ranges::sort(parameters);
    std::string line = base::uppered(property.name);
    for (const std::string& parameter : parameters)
        line += parameter;
    return line + ':' + std::string(base::trimmed(property.value));
}

}  // namespace

std::string content_of(const Component& component) {
    std::vector<std::string> lines;
    for (const Property& property : component.properties)
        if (!programs_touch_property(property)) lines.push_back(canonical(property));
    for (const Component& child : component.components)  // bounded: depth
        lines.push_back(content_of(child));
    std::ranges::sort(lines);
    std::string text = component.name;
    for (const std::string& line : lines)
        text += '\n' + line;
    return text;
}

namespace {

std::vector<std::string> canonical(const Series& series) {
    std::vector<std::string> components;
    series.each([&](const Component& component) { components.push_back(content_of(component)); });
    std::ranges::sort(components);
    return components;
}

}  // namespace

const Component* Series::front() const noexcept {
    if (master) return &*master;
    return overrides.empty() ? nullptr : &overrides.front();
}

const Property* Series::organizer() const noexcept {
    const Property* found = nullptr;
    each([&](const Component& component) {
        if (found == nullptr) found = component.find("ORGANIZER");
    });
    return found;
}

Expected<Series> series_of(std::vector<Component> calendars, std::optional<std::string_view> uid) {
    if (calendars.size() != 1) return refuse(Reason::bad_calendar, "there is more than one VCALENDAR");

    Series series;
    series.calendar = std::move(calendars.front());
    if (uid) series.uid = *uid;
    std::vector<Component> rest;
    for (Component& component : series.calendar.components) {
        const std::string component_uid = uid_text(component.value("UID"));
        if (series.uid.empty() && is_uid_component(component.name)) series.uid = component_uid;
        if (!is_uid_component(component.name) || component_uid.empty() || component_uid != series.uid) {
            rest.push_back(std::move(component));
            continue;
        }
        if (series.kind.empty()) series.kind = component.name;
        if (series.kind != component.name)
            return refuse(Reason::component_mismatch,
                          fault(component, fmt::format("a {} has the same UID", series.kind)));
        if (component.find("RECURRENCE-ID") != nullptr)
            series.overrides.push_back(std::move(component));
        else if (series.master && content_of(*series.master) == content_of(component))
            continue;  // programs concatenate files
        else if (series.master)
            return refuse(Reason::bad_recurrence_id, fault(component, "duplicate component without RECURRENCE-ID"));
        else
            series.master = std::move(component);
    }
    series.calendar.components = std::move(rest);
    return series;
}

std::string write_series(const Series& series) {
    Component calendar = series.calendar;
    calendar.remove("METHOD");
    calendar.set("VERSION", "2.0");
    if (calendar.value("PRODID").empty()) calendar.set("PRODID", std::string(our_product));
    series.each([&](const Component& component) { calendar.components.push_back(component); });
    return write_document(calendar);
}

bool same_content(const Series& a, const Series& b) {
    return canonical(a) == canonical(b);
}

bool cancelled(const Component& component) {
    return base::same_word(component.value("STATUS"), "CANCELLED");
}

}  // namespace calendar::itip
