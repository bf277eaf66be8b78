#include "calendar/itip/text/document.h"

#include <algorithm>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/lint.h"

namespace calendar::itip {

namespace {

std::string at_line(std::size_t number, std::string_view what) {
    return "line " + std::to_string(number) + ": " + std::string(what);
}

/// A parameter value as set_parameter() writes it: quoted when it must be; a quote and a line end by RFC 6868; no other
/// controls.
std::string as_written(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c == '"')
            text += "^'";
        else if (c == '\n')
            text += "^n";
        else if (c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f))
            text += c;
    }
    return text.find_first_of(":;,") == std::string::npos ? text : '"' + text + '"';
}

void write(std::string& out, const Component& component) {
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
    if (Property* const property = find(property_name))
        property->value = std::move(value);
    else
        properties.push_back({std::string(property_name), {}, std::move(value)});
}

std::size_t Component::remove(std::string_view property_name) {
    return std::erase_if(properties, [&](const Property& property) { return property.is(property_name); });
}

Expected<std::vector<Component>> parse_document(std::string_view linted) {
    std::vector<Component> calendars;
    std::vector<Component> open;
    LineReader reader(linted);
    while (reader.next()) {
        auto property = parse_content_line(reader.line());
        if (!property) return refuse(property.error().reason, at_line(reader.number(), property.error().detail));
        if (property->is("BEGIN")) {
            if (open.size() == LintLimits::depth)
                return refuse(Reason::too_deep, at_line(reader.number(), "components are nested too deep"));
            open.push_back({base::uppered(base::trimmed(property->value)), {}, {}});
            if (open.size() == 1 && open.front().name != "VCALENDAR")
                return refuse(Reason::bad_calendar, at_line(reader.number(), "expected BEGIN:VCALENDAR"));
        } else if (open.empty()) {
            return refuse(Reason::bad_calendar, at_line(reader.number(), "content outside of VCALENDAR"));
        } else if (property->is("END")) {
            if (!base::same_word(base::trimmed(property->value), open.back().name))
                return refuse(Reason::bad_calendar, at_line(reader.number(), "END does not match " + open.back().name));
            Component closed = std::move(open.back());
            open.pop_back();
            (open.empty() ? calendars : open.back().components).push_back(std::move(closed));
        } else {
            open.back().properties.push_back(std::move(*property));
        }
    }
    if (!open.empty()) return refuse(Reason::bad_calendar, open.back().name + " has no END");
    if (calendars.empty()) return refuse(Reason::bad_calendar, "there is no VCALENDAR");
    return calendars;
}

std::string write_document(const Component& vcalendar) {
    std::string text;
    write(text, vcalendar);
    return text;
}

}  // namespace calendar::itip
