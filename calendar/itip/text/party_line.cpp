#include "calendar/itip/text/party_line.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

constexpr std::size_t most_pieces = 5;  // lines of one that line breaks tore apart

/// Where the first `;` outside of quotes is; the size when there is none.
std::size_t unquoted_semicolon(std::string_view text) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == ';' && !quoted) return i;
    }
    return text.size();
}

/// Do readers with and without such escapes agree on where it ends?
bool ends_for_all(std::string_view parameter) noexcept {
    bool all = !parameter.ends_with('\\');
    for (auto at = parameter.find("\\\""); at != std::string_view::npos; at = parameter.find("\\\"", at + 1))
        all = !all;
    return all;
}

/// Where the value begins: behind the one colon that has `mailto:` behind it; npos when there are none or several.
std::size_t address_in(std::string_view line) noexcept {
    auto found = std::string_view::npos;
    for (auto colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
        const std::string_view behind = line.substr(colon + 1);
        const auto start = std::min(behind.find_first_not_of(" \t"), behind.size());
        if (!base::same_word(behind.substr(start, mailto.size()), mailto)) continue;
        if (found != std::string_view::npos) return std::string_view::npos;
        found = colon + 1;
    }
    return found;
}

/// The value of a line in which a colon without quotes, of a name or a URI, stands in a parameter.
bool has_address_behind(std::string_view value) noexcept {
    constexpr std::array<std::string_view, 4> schemes{mailto, "urn:", "http:", "https:"};
    const std::string_view uri = base::trimmed(value);
    return address_in(value) != std::string_view::npos && std::ranges::none_of(schemes, [uri](std::string_view scheme) {
               return base::same_word(uri.substr(0, scheme.size()), scheme);
           });
}

/// The parameters that can be told apart whatever the quotes mean.
void take_parameters(Property& property, std::string_view rest) {
    while (rest.starts_with(';') && property.parameters.size() < CalendarLimits::parameters) {
        const std::string_view piece = rest.substr(0, 1 + unquoted_semicolon(rest.substr(1)));
        auto alone = parse_content_line("X" + std::string(piece) + ':');
        if (alone && alone->parameters.size() == 1 && alone->value.empty() && !has_escape(piece) &&
            !base::same_word(alone->parameters.front().name, "TZID"))
            property.parameters.push_back(std::move(alone->parameters.front()));
        else if (!ends_for_all(piece))
            break;
        rest.remove_prefix(piece.size());
    }
}

std::optional<Property> mend_party(std::string_view line) {
    const std::size_t name = line_name(line).size();
    const std::size_t value = address_in(line);
    if (value == std::string_view::npos) return std::nullopt;
    Property property{std::string(line.substr(0, name)), {}, std::string(line.substr(value))};
    property.mended = true;
    take_parameters(property, line.substr(name, value - 1 - name));
    return property;
}

/// As parse_content_line(); but when quotes are misplaced, missing around a colon, or escaped by a backslash, and
/// there is one `mailto:` behind a colon, that is its value, and the parameters that can be told apart whatever the
/// quotes mean are its parameters; it is `mended` then. Else refused.
Expected<Property> parse_party(std::string_view line) {
    auto property = parse_content_line(line);
    if (!property && property.error().reason != Reason::bad_calendar) return property;
    const auto doubtful = [](const Parameter& parameter) {
        // An address without quotes; a TZID, whose end libical looks for elsewhere.
        return has_escape(parameter.value) || base::same_word(parameter.value, "mailto") ||
               base::same_word(parameter.name, "TZID");
    };
    if (property && !has_address_behind(property->value) && std::ranges::none_of(property->parameters, doubtful))
        return property;
    auto mended = mend_party(line);
    if (mended) return std::move(*mended);
    return property ? refuse(Reason::bad_calendar, "the parameters cannot be told from the address") : property;
}

/// Is it one address, and everything beside it can be read?
bool is_whole(const Property& party) noexcept {
    return !party.mended && base::trimmed(party.value).find_first_of(" \t") == std::string_view::npos;
}

/// Can it be the rest of a line that line breaks tore apart: is it nothing that any reader takes for a property?
bool is_rest(const LineReader& reader, Reading::Of of, PropertyRule::Place place) {
    const std::string_view line = reader.line();
    const std::string clean = without_controls(line);
    if (reader.orphan() || is_property_name(base::trimmed(line_name(clean))) || begins_load_bearing(clean, place))
        return false;
    return of == Reading::Of::stored || (base::valid_utf8(line) && load_bearing_behind_return(line, place).empty());
}

/// A line whose value can be a party.
Expected<Property> sound_party(std::string_view line, Reading::Of of) {
    auto property = parse_party(line);
    if (!property) return property;
    const auto twice = of == Reading::Of::message ? contradicting_parameter(*property) : std::string_view();
    if (!twice.empty()) return refuse(Reason::bad_calendar, fmt::format("duplicate parameter {}", twice));
    // An address or a URI; else it is text that was not escaped.
    const bool is_text = property->is("ATTENDEE") && property->value.find_first_of("@:/") == std::string::npos;
    if (is_text || has_control(property->value) || !base::valid_utf8(property->value))
        return refuse(Reason::bad_calendar, "not an address");
    return property;
}

constexpr std::string_view ends_of_address = ":;,<>\" \t";

/// The one mail address in a text, which any reader finds there; empty: none or several.
std::string_view only_address(std::string_view text) {
    std::string_view found;
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
        const auto before = text.find_last_of("=:;,<>\" \t", at);
        const auto start = before == std::string_view::npos ? 0 : before + 1;
        const std::string_view address = text.substr(start, text.find_first_of(ends_of_address, at) - start);
        if (!found.empty() && !base::same_word(found, address)) return {};
        found = address;
    }
    return found;
}

}  // namespace

Property stored_attendee(std::string_view line) {
    Property attendee{.name = "ATTENDEE", .parameters = {}, .value = {}, .mended = true};
    const std::string_view address = only_address(line);
    if (address.empty() || has_control(address) || !base::valid_utf8(address)) return attendee;
    attendee.value = std::string(mailto).append(address);
    take_parameters(attendee, line.substr(line_name(line).size()));
    return attendee;
}

Expected<PartyLine> read_party(LineReader& lines, Reading::Of of, PropertyRule::Place place) {
    auto property = sound_party(lines.line(), of);
    if (property) return PartyLine{std::move(*property), {}, {}, 1};
    LineReader ahead = lines;
    std::string joined(lines.line());
    std::string torn = lines.as_it_came();
    for (std::size_t pieces = 2; pieces <= most_pieces && ahead.next() && is_rest(ahead, of, place); ++pieces) {
        joined.append(" ").append(base::trimmed(ahead.line()));
        if (auto whole = sound_party(joined, of); whole && is_whole(*whole)) {
            lines = std::move(ahead);
            return PartyLine{std::move(*whole), std::move(joined), std::move(torn), pieces};
        }
        torn += ahead.as_it_came();
    }
    return tl::unexpected(std::move(property.error()));
}

}  // namespace calendar::itip
