#include "calendar/itip/text/content_line.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

constexpr std::size_t fold_at = 75;  // octets of a line without its CRLF (RFC 5545 3.1)
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// iana-token of RFC 5545; `_` besides, which some writers use in X- names and no reader minds.
constexpr bool name_character(char c) noexcept {
    return base::letter_or_digit(c) || c == '-' || c == '_';
}

/// Of the name that a text begins with; 0: none, or a longer one than is allowed.
std::size_t name_length(std::string_view text) noexcept {
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(text, name_character) - text.begin());
    return length <= CalendarLimits::name ? length : 0;
}

bool continues(std::string_view text) noexcept {
    return !text.empty() && (text.front() == ' ' || text.front() == '\t');
}

/// How many bytes a parameter's value takes, up to the `;` or `:` behind it; none when quotes are misplaced or nothing
/// follows.
std::optional<std::size_t> parameter_value_length(std::string_view text) noexcept {
    std::size_t i = 0;
    while (i < text.size()) {
        if (text[i] == '"') {
            i = text.find('"', i + 1);
            if (i == std::string_view::npos) return std::nullopt;
            ++i;
        } else {
            i = text.find_first_of("\",;:", i);
            if (i == std::string_view::npos || text[i] == '"') return std::nullopt;
        }
        if (i >= text.size()) return std::nullopt;
        if (text[i] == ';' || text[i] == ':') return i;
        if (text[i] != ',') return std::nullopt;
        ++i;
    }
    return std::nullopt;
}

/// The same of a TZID that has colons or commas of its own without quotes (GMT+05:30, tzone://Microsoft/Utc), as
/// libical reads it; none when it has none.
std::optional<std::size_t> length_without_quotes(std::string_view text) noexcept {
    const auto end = std::min(text.find(';'), text.rfind(':'));
    if (end == std::string_view::npos || text.substr(0, end).find('"') != std::string_view::npos) return std::nullopt;
    return text.substr(0, end).find_first_of(":,") == std::string_view::npos ? std::nullopt : std::optional(end);
}

}  // namespace

bool has_escape(std::string_view parameter_value) noexcept {
    return parameter_value.ends_with('\\') || parameter_value.find("\\\"") != std::string_view::npos;
}

LineReader::LineReader(std::string_view text) : rest_(text) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
}

std::string_view LineReader::physical_line() {
    const auto end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++lines_read_;
    while (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

bool LineReader::next() {
    do {
        if (rest_.empty()) return false;
        raw_ = rest_;
        line_ = physical_line();
    } while (line_.empty());
    number_ = lines_read_;
    longest_ = line_.size();
    unfolded_.clear();
    if (continues(rest_)) {
        unfolded_ = line_;
        while (continues(rest_)) {
            const std::string_view more = physical_line();
            longest_ = std::max(longest_, more.size());
            unfolded_ += more.substr(1);
        }
    }
    raw_.remove_suffix(rest_.size());
    return true;
}

std::string LineReader::as_it_came() const {
    std::string text = orphan() ? "\r\n" : "";
    for (std::string_view rest = raw_; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (line.ends_with('\r'))
            line.remove_suffix(1);
        text.append(line).append("\r\n");
    }
    return text;
}

std::string_view line_name(std::string_view line) noexcept {
    return line.substr(0, line.find_first_of(":;"));
}

LineHalves split_line(std::string_view line) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') quoted = !quoted;
        if (line[i] == ':' && !quoted) return {line.substr(0, i), line.substr(i + 1)};
    }
    return {line, std::nullopt};
}

Expected<Property> parse_content_line(std::string_view line) {
    Property property;
    std::size_t length = name_length(line);
    if (length == 0 || length == line.size() || (line[length] != ':' && line[length] != ';'))
        return refuse(Reason::bad_calendar, "not a content line");
    property.name = line.substr(0, length);
    line.remove_prefix(length);
    // Its value has no colon, so that the last one of the line is where the value begins.
    const bool date = has_times(property) || property.is("DTSTAMP");

    while (line.front() == ';') {
        line.remove_prefix(1);
        length = name_length(line);
        if (length == 0 || length == line.size() || line[length] != '=')
            return refuse(Reason::bad_calendar, "a parameter must have the form NAME=VALUE");
        if (property.parameters.size() == CalendarLimits::parameters)
            return refuse(Reason::too_complex, fmt::format("more than {} parameters", CalendarLimits::parameters));
        Parameter& parameter = property.parameters.emplace_back();
        parameter.name = line.substr(0, length);
        line.remove_prefix(length + 1);
        const auto bare = date && base::same_word(parameter.name, "TZID") ? length_without_quotes(line) : std::nullopt;
        const auto value_length = bare ? bare : parameter_value_length(line);
        if (!value_length)
            return refuse(Reason::bad_calendar, fmt::format("parameter {} has misplaced quotes or is not terminated",
                                                            base::printable(parameter.name, 64)));
        parameter.value = line.substr(0, *value_length);
        if (bare) parameter.value = '"' + parameter.value + '"';
        line.remove_prefix(*value_length);
    }
    property.value = line.substr(1);
    return property;
}

bool is_utf8_or_mendable(std::string_view line) {
    return base::valid_utf8(line) || parse_content_line(line).has_value();
}

namespace {

std::string unfolded(const Property& property) {
    std::string line = property.name;
    for (const Parameter& parameter : property.parameters)
        line += ';' + parameter.name + '=' + parameter.value;
    return line + ':' + property.value;
}

std::string folded(std::string_view rest) {
    std::string out;
    for (std::size_t room = fold_at; rest.size() > room; room = fold_at - 1) {
        std::size_t cut = room;
        while (cut > 1 && (static_cast<unsigned char>(rest[cut]) & 0xC0) == 0x80)
            --cut;
        out += rest.substr(0, cut);
        out += "\r\n ";
        rest.remove_prefix(cut);
    }
    out += rest;
    return out += "\r\n";
}

}  // namespace

void write_content_line(std::string& out, const Property& property) {
    const std::string text = folded(unfolded(property));
    const bool untouched = property.as_it_came && property.as_it_came->written == text;
    out += untouched ? property.as_it_came->text : text;
}

void keep_as_it_came(Property& property, const LineReader& reader, const std::string& before) {
    const std::string line = unfolded(property);
    // A fold behind a CR would make it part of the line end.
    if (before.empty() && line == reader.line() && reader.longest() <= fold_at && !has_control(line)) return;
    property.as_it_came = std::make_shared<const AsItCame>(AsItCame{before + reader.as_it_came(), folded(line)});
}

}  // namespace calendar::itip
