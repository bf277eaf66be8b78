#include "calendar/itip/read/normal_form/carried_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "calendar/base/text.h"
#include "calendar/itip/read/hazards/unsafe_content.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

bool is_number(std::string_view text, int most) {
    int number = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return base::digits_only(text) && read.ec == std::errc{} && number <= most;
}

bool is_degrees(std::string_view text, double most) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double degrees = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, degrees, std::chars_format::fixed);
    return read.ec == std::errc{} && read.ptr == end && std::abs(degrees) <= most;
}

/// RFC 5545 3.8.1.6: latitude and longitude.
bool is_geo(std::string_view text) {
    const auto middle = text.find(';');
    return middle != std::string_view::npos && is_degrees(base::trimmed(text.substr(0, middle)), 90) &&
           is_degrees(base::trimmed(text.substr(middle + 1)), 180);
}

/// RFC 3986 3.1.
bool is_uri(std::string_view text) {
    const std::string_view scheme = text.substr(0, text.find(':'));
    return scheme.size() < text.size() && !scheme.empty() && base::lower(scheme.front()) >= 'a' &&
           base::lower(scheme.front()) <= 'z' && base::letters_digits_or(scheme, "+-.") &&
           text.find_first_of(" \t\"<>") == std::string_view::npos;
}

bool is_time(std::string_view text) {
    const auto clock = wall_clock(text);
    return clock && !clock->date;
}

bool is_valid(std::string_view value, PropertyRule::Value kind) {
    constexpr int most_percent = 100;
    constexpr int lowest_priority = 9;
    switch (kind) {
        case PropertyRule::Value::any:
            return true;
        case PropertyRule::Value::geo:
            return is_geo(value);
        case PropertyRule::Value::percent:
            return is_number(value, most_percent);
        case PropertyRule::Value::priority:
            return is_number(value, lowest_priority);
        case PropertyRule::Value::time:
            return is_time(value);
        case PropertyRule::Value::transparency:
            return base::same_word(value, "OPAQUE") || base::same_word(value, "TRANSPARENT");
        case PropertyRule::Value::uri:
            return is_uri(value);
        case PropertyRule::Value::word:
            return !value.empty() && base::letters_digits_or(value, "-");
    }
    return false;
}

}  // namespace

void tidy_carried(Component& component, Dropped& dropped) {
    std::erase_if(component.properties, [&](Property& property) {
        if (is_html_copy(property)) {
            dropped.add(Dropped::What::html, property.line, property.name);
            return true;
        }
        const PropertyRule* const rule = PropertyRule::of(property.name);
        if (rule == nullptr || rule->value == PropertyRule::Value::any) return false;
        property.value = base::trimmed(property.value);
        if (is_valid(property.value, rule->value)) return false;
        dropped.add(Dropped::What::value, property.line, property.name);
        return true;
    });
    for (Component& child : component.components)  // bounded: depth
        tidy_carried(child, dropped);
}

}  // namespace calendar::itip
