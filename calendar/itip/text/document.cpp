#include "calendar/itip/text/document.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/quoted.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

constexpr std::size_t longest_tzid = 100;

/// A parameter value as set_parameter() writes it: quoted when it must be; a quote and a line end by RFC 6868; no other
/// controls.
std::string as_written(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c == '"')
            text += "^'";
        else if (c == '\n')
            text += "^n";
        else if (!is_control(c))
            text += c;
    }
    return text.find_first_of(":;,") == std::string::npos ? text : '"' + text + '"';
}

void write(std::string& out, const Component& component) {
    if (component.as_it_came) return void(out += *component.as_it_came);
    write_content_line(out, {"BEGIN", {}, component.name});
    for (const Property& property : component.properties)
        write_content_line(out, property);
    for (const Component& child : component.components)
        write(out, child);
    write_content_line(out, {"END", {}, component.name});
}

}  // namespace

bool Property::is(std::string_view property_name) const noexcept {
    return base::same_word(name, property_name);
}

std::optional<std::string> Property::parameter(std::string_view parameter_name) const {
    const auto found = std::ranges::find_if(
        parameters, [&](const Parameter& parameter) { return base::same_word(parameter.name, parameter_name); });
    if (found == parameters.end()) return std::nullopt;
    std::string unquoted = found->value;
    std::erase(unquoted, '"');
    return unquoted;
}

std::vector<std::string> Property::parameter_values(std::string_view parameter_name) const {
    std::vector<std::string> values;
    const auto found = std::ranges::find_if(
        parameters, [&](const Parameter& parameter) { return base::same_word(parameter.name, parameter_name); });
    if (found == parameters.end()) return values;
    values.emplace_back();
    bool quoted = false;
    for (const char c : found->value) {
        if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            values.emplace_back();
        else
            values.back() += c;
    }
    return values;
}

void Property::set_parameter(std::string_view parameter_name, std::optional<std::string> new_value) {
    const auto has_name = [&](const Parameter& parameter) { return base::same_word(parameter.name, parameter_name); };
    if (!new_value) {
        std::erase_if(parameters, has_name);
        return;
    }
    const auto found = std::ranges::find_if(parameters, has_name);
    if (found == parameters.end()) {
        parameters.push_back({std::string(parameter_name), as_written(*new_value)});
        return;
    }
    found->value = as_written(*new_value);
    parameters.erase(std::remove_if(found + 1, parameters.end(), has_name), parameters.end());
}

const Property* Component::find(std::string_view property_name) const noexcept {
    const auto found =
        std::ranges::find_if(properties, [&](const Property& property) { return property.is(property_name); });
    return found == properties.end() ? nullptr : &*found;
}

Property* Component::find(std::string_view property_name) noexcept {
    return const_cast<Property*>(std::as_const(*this).find(property_name));
}

std::string Component::value(std::string_view property_name) const {
    const Property* const property = find(property_name);
    return property == nullptr ? std::string() : std::string(base::trimmed(property->value));
}

void Component::set(std::string_view property_name, std::string value) {
    const auto has_name = [&](const Property& property) { return property.is(property_name); };
    const auto first = std::ranges::find_if(properties, has_name);
    if (first == properties.end()) {
        properties.push_back({std::string(property_name), {}, std::move(value)});
        return;
    }
    first->value = std::move(value);
    properties.erase(std::remove_if(first + 1, properties.end(), has_name), properties.end());
}

std::size_t Component::remove(std::string_view property_name) {
    return std::erase_if(properties, [&](const Property& property) { return property.is(property_name); });
}

std::string write_document(const Component& vcalendar) {
    std::string text;
    write(text, vcalendar);
    return text;
}

std::string at_line(std::size_t number, std::string_view what) {
    return number == 0 ? std::string(what) : fmt::format("line {}: {}", number, what);
}

std::string fault(const Component& component, const Property& property, std::string_view what) {
    const auto tzid = property.parameter("TZID");
    const std::string zone = tzid ? ";TZID=" + tzid->substr(0, longest_tzid) : std::string();
    return at_line(property.line, fmt::format("{}{}: {} ({})", base::uppered(property.name).substr(0, longest_name),
                                              zone, what, component.name));
}

std::string fault(const Component& component, std::string_view what) {
    return at_line(component.line, fmt::format("{}: {}", component.name, what));
}

}  // namespace calendar::itip
