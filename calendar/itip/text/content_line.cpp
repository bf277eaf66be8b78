#include "calendar/itip/text/content_line.h"

#include <algorithm>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/itip/text/lint.h"

namespace calendar::itip {

namespace {

constexpr std::size_t fold_at = 75;  // octets of a line without its CRLF (RFC 5545 3.1)
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// iana-token of RFC 5545; `_` besides, which some writers use in X- names and no reader minds.
constexpr bool name_character(char c) noexcept {
    return base::letter_or_digit(c) || c == '-' || c == '_';
}

std::size_t name_length(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, name_character) - text.begin());
}

/// A name as a refusal quotes it.
std::string shown(std::string_view name) {
    return base::printable(name, 64);
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

}  // namespace

LineReader::LineReader(std::string_view text) : rest_(text) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
}

std::string_view LineReader::physical_line() {
    const auto end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++lines_read_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool LineReader::next() {
    folds_ = 0;
    do {
        if (rest_.empty()) return false;
        line_ = physical_line();
    } while (line_.empty());
    number_ = lines_read_;
    longest_ = line_.size();
    if (!continues(rest_)) return true;

    unfolded_ = line_;
    while (continues(rest_)) {
        const std::string_view more = physical_line();
        longest_ = std::max(longest_, more.size());
        unfolded_ += more.substr(1);
        ++folds_;
    }
    line_ = unfolded_;
    return true;
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

    while (line.front() == ';') {
        line.remove_prefix(1);
        length = name_length(line);
        if (length == 0 || length == line.size() || line[length] != '=')
            return refuse(Reason::bad_calendar,
                          "a parameter of " + shown(property.name) + " must have the form NAME=VALUE");
        if (property.parameters.size() == LintLimits::parameters)
            return refuse(Reason::too_complex, shown(property.name) + " has more than " +
                                                   std::to_string(LintLimits::parameters) + " parameters");
        Parameter& parameter = property.parameters.emplace_back();
        parameter.name = line.substr(0, length);
        line.remove_prefix(length + 1);
        const auto value_length = parameter_value_length(line);
        if (!value_length)
            return refuse(Reason::bad_calendar, "parameter " + shown(parameter.name) + " of " + shown(property.name) +
                                                    " has misplaced quotes or is not terminated");
        parameter.value = line.substr(0, *value_length);
        line.remove_prefix(*value_length);
    }
    property.value = line.substr(1);
    return property;
}

void write_content_line(std::string& out, const Property& property) {
    std::string line = property.name;
    for (const Parameter& parameter : property.parameters)
        line += ';' + parameter.name + '=' + parameter.value;
    line += ':';
    line += property.value;

    std::string_view rest = line;
    for (std::size_t room = fold_at; rest.size() > room; room = fold_at - 1) {
        std::size_t cut = room;
        while (cut > 1 && (static_cast<unsigned char>(rest[cut]) & 0xC0) == 0x80)
            --cut;
        out += rest.substr(0, cut);
        out += "\r\n ";
        rest.remove_prefix(cut);
    }
    out += rest;
    out += "\r\n";
}

}  // namespace calendar::itip
