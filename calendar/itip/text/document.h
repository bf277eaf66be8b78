#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calendar::itip {

/// A parameter as it stood in the content line (RFC 5545 3.2): `value` is the raw text behind `=`, quotes and RFC 6868
/// escapes kept, so that an untouched property is written as it was read.
struct Parameter {
    std::string name;
    std::string value;
};

/// A line of a stored object that shall stay as it is: no valid content line, or one that is folded in another way.
struct AsItCame {
    std::string text;     ///< with its folds, and its end
    std::string written;  ///< what the property would be written as: it is untouched for as long as this holds
};

/// One content line, unfolded (RFC 5545 3.1). `name` keeps its case; compare with is().
struct Property {
    std::string name;
    std::vector<Parameter> parameters;
    std::string value;  ///< raw: TEXT escapes kept; empty when the line is no valid content line

    std::size_t line = 0;   ///< number of the line it came from; 0: none
    bool mended = false;    ///< parameters that could not be read are left out
    std::string mailbox{};  ///< of a party in a calendar whose value is a URI: the user's address; empty: not known
    std::shared_ptr<const AsItCame> as_it_came{};

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
    std::size_t line = 0;  ///< number of the line of its BEGIN; 0: none
    /// The lines of a VTIMEZONE of a stored object that cannot be read, and of which only the TZID is above.
    std::shared_ptr<const std::string> as_it_came{};

    const Property* find(std::string_view property_name) const noexcept;  ///< the first; null when absent
    Property* find(std::string_view property_name) noexcept;
    std::string value(std::string_view property_name) const;  ///< of the first, trimmed; empty when absent
    void set(std::string_view property_name,
             std::string value);  ///< replaces the first's value or appends; parameters stay, further ones go
    std::size_t remove(std::string_view property_name);  ///< all of them; how many there were
};

/// Writes with CRLF, folded at 75 octets without splitting a character, one final line end (RFC 5545 3.1).
std::string write_document(const Component& vcalendar);

/// What is wrong with a line or a component and where, for people: `line 14: DTEND;TZID=Foo: what (VEVENT)`,
/// `line 5: VEVENT: what`. Without the line number when there is none.
std::string fault(const Component& component, const Property& property, std::string_view what);
std::string fault(const Component& component, std::string_view what);
std::string at_line(std::size_t number, std::string_view what);

}  // namespace calendar::itip
