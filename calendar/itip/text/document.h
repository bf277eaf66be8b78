#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// A parameter as it stood in the content line (RFC 5545 3.2): `value` is the raw text behind `=`, quotes and RFC 6868
/// escapes kept, so that an untouched property is written as it was read.
struct Parameter {
    std::string name;
    std::string value;
};

/// One content line, unfolded (RFC 5545 3.1). `name` keeps its case; compare with is().
struct Property {
    std::string name;
    std::vector<Parameter> parameters;
    std::string value;  ///< raw: TEXT escapes kept

    bool is(std::string_view property_name) const noexcept;  ///< without regard to case
    /// The parameter's value without its quotes; none when absent. First one counts.
    std::optional<std::string> parameter(std::string_view parameter_name) const;
    /// The values of a list such as DELEGATED-TO="mailto:a@example.org","mailto:b@example.org", each without its
    /// quotes.
    std::vector<std::string> parameter_values(std::string_view parameter_name) const;
    /// Sets or replaces (quoting when the value needs it, RFC 5545 3.2); nullopt removes.
    void set_parameter(std::string_view parameter_name, std::optional<std::string> new_value);
};

/// A calendar object as a tree of content lines: what is not touched is written as it was read.
struct Component {
    std::string name;  ///< upper case
    std::vector<Property> properties;
    std::vector<Component> components;

    const Property* find(std::string_view property_name) const noexcept;  ///< the first; null when absent
    Property* find(std::string_view property_name) noexcept;
    std::string value(std::string_view property_name) const;  ///< of the first, trimmed; empty when absent
    void set(std::string_view property_name,
             std::string value);                         ///< replaces the first's value or appends; parameters stay
    std::size_t remove(std::string_view property_name);  ///< all of them; how many there were
};

/// Reads the VCALENDAR objects of linted text (lint() passed): usually one.
/// Errors: bad_calendar with the line. Recursion is bounded because lint bounds the depth.
Expected<std::vector<Component>> parse_document(std::string_view linted);

/// Writes with CRLF, folded at 75 octets without splitting a character, one final line end (RFC 5545 3.1).
std::string write_document(const Component& vcalendar);

}  // namespace calendar::itip
