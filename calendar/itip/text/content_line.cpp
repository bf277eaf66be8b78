#include "calendar/itip/text/content_line.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

constexpr std::size_t fold_at = 75;  // octets of a line without its CRLF (RFC 5545 3.1)
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view mailto = "mailto:";

/// Their values have no colon, so that the last one of the line is where the value begins.
constexpr std::array<std::string_view, 7> dates{"DTSTART", "DTEND",  "DUE",    "RECURRENCE-ID",
                                                "RDATE",   "EXDATE", "DTSTAMP"};

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

/// Where the first `;` outside of quotes is; the size when there is none.
std::size_t unquoted_semicolon(std::string_view text) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == ';' && !quoted) return i;
    }
    return text.size();
}

/// Some readers (libical) take a backslash for an escape there: of a quote, or of the `;` or `:` behind the value.
bool has_escape(std::string_view parameter) noexcept {
    return parameter.ends_with('\\') || parameter.find("\\\"") != std::string_view::npos;
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

}  // namespace

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
    if (continues(rest_)) {
        unfolded_ = line_;
        while (continues(rest_)) {
            const std::string_view more = physical_line();
            longest_ = std::max(longest_, more.size());
            unfolded_ += more.substr(1);
        }
        line_ = unfolded_;
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
    const bool date = std::ranges::any_of(dates, [&](std::string_view name) { return property.is(name); });

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

namespace {

std::optional<Property> mend_party(std::string_view line) {
    const std::size_t name = name_length(line);
    const std::size_t value = address_in(line);
    if (value == std::string_view::npos) return std::nullopt;
    Property property{std::string(line.substr(0, name)), {}, std::string(line.substr(value))};
    property.mended = true;
    std::string_view rest = line.substr(name, value - 1 - name);
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
    return property;
}

}  // namespace

Expected<Property> parse_party(std::string_view line) {
    auto property = parse_content_line(line);
    if (!property && property.error().reason != Reason::bad_calendar) return property;
    const auto doubtful = [](const Parameter& parameter) {
        // An address without quotes; a TZID, whose end libical looks for elsewhere.
        return has_escape(parameter.value) || base::same_word(parameter.value, "mailto") ||
               base::same_word(parameter.name, "TZID");
    };
    if (property && std::ranges::none_of(property->parameters, doubtful)) return property;
    auto mended = mend_party(line);
    if (mended) return std::move(*mended);
    return property ? refuse(Reason::bad_calendar, "the parameters cannot be told from the address") : property;
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

void keep_as_it_came(Property& property, const LineReader& reader) {
    const std::string line = unfolded(property);
    // A fold behind a CR would make it part of the line end.
    if (line == reader.line() && reader.longest() <= fold_at && !has_control(line)) return;
    property.as_it_came = std::make_shared<const AsItCame>(AsItCame{reader.as_it_came(), folded(line)});
}

}  // namespace calendar::itip
