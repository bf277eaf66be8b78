#pragma once

#include <string_view>

namespace calendar::itip {

/// What hangs on a property: the table behind "strict where it matters, liberal where it does not". Names without
/// regard to case.
class PropertyRule {
  public:
    /// Which components a rule is about: bits.
    enum Place : unsigned { calendar = 1, event = 2, journal = 4, zone = 8, observance = 16, other = 32 };
    /// What its value has to be (RFC 5545 3.3, 3.8); `any` where nothing else is judged by this table.
    enum class Value { any, geo, percent, priority, time, transparency, uri, word };

    std::string_view name;
    unsigned load_bearing = 0;  ///< where two careful readers could take different events from a fault in it
    unsigned once = 0;          ///< where it stands once at most (RFC 5545 3.6, RFC 7986 4)
    bool is_word = false;       ///< of a load-bearing one: also an English word, with which text may begin
    Value value = Value::any;
    bool is_of_events = true;  ///< false: an English word that a VEVENT, VTODO, VJOURNAL or VFREEBUSY has no use for

    /// Of a property that is registered for iCalendar, BEGIN and END included; null for any other name.
    static const PropertyRule* of(std::string_view property_name) noexcept;
    /// What a component is to the rules; `other` of any but those that scheduling hangs on. Upper case.
    static Place place(std::string_view component_name) noexcept;
};

/// Is a fault in the line of that name a reason to refuse the message? Every other line is carried.
bool is_load_bearing(std::string_view property_name, PropertyRule::Place place) noexcept;

/// What a line begins with, up to the first character that a property has not in its name, or a digit.
std::string_view first_word(std::string_view line) noexcept;

/// Does a line without a valid name begin with a load-bearing one all the same, whose colon was lost?
bool begins_load_bearing(std::string_view line, PropertyRule::Place place) noexcept;

/// The load-bearing name that a reader sees behind a lone CR within a line, if it takes that for a line end; empty when
/// there is none.
std::string_view load_bearing_behind_return(std::string_view line, PropertyRule::Place place) noexcept;

/// May a component stand in that other one (RFC 5545 3.6)? Upper case. A VEVENT, VTODO, VJOURNAL, VFREEBUSY or
/// VTIMEZONE stands in a VCALENDAR only, for within another programs differ in what they see; in a time zone only its
/// observances.
bool may_stand_in(std::string_view outer, std::string_view component) noexcept;

/// Can a line of that name be a property at all, and not text that was not escaped? Registered, or X-.
bool is_property_name(std::string_view name) noexcept;
/// The same in a component: in an event `Name: Bob` is text, and `Version: 2`.
bool is_property_in(std::string_view name, PropertyRule::Place place) noexcept;

}  // namespace calendar::itip
