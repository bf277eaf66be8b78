#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Walks the content lines of a text and unfolds them (RFC 5545 3.1, RFC 6350 3.2 alike). Takes any bytes in linear
/// time, and copies folded lines only. A line ends with LF, with any number of CRs before it; a BOM at the start and
/// blank lines are skipped. Views point into the text or into the reader and last until the next call of next().
class LineReader {
  public:
    explicit LineReader(std::string_view text);

    /// To the next line that is not blank; false at the end.
    bool next();

    std::string_view line() const noexcept { return unfolded_.empty() ? line_ : unfolded_; }  ///< without its end
    std::size_t number() const noexcept { return number_; }    ///< of the physical line it starts on, from 1
    std::size_t longest() const noexcept { return longest_; }  ///< bytes of its longest physical line, without its end
    /// The line starts with a blank: it continues nothing (the first line, or one after a blank line).
    bool orphan() const noexcept { return line().starts_with(' ') || line().starts_with('\t'); }
    /// With its folds and its end, every line end a CRLF; behind a blank line when it would continue what is before it.
    std::string as_it_came() const;

  private:
    std::string_view physical_line();

    std::string_view rest_;
    std::string_view raw_;   // the line's bytes with its folds, and its end
    std::string_view line_;  // the first physical one
    std::string unfolded_;   // empty when it is the only one
    std::size_t number_ = 0;
    std::size_t longest_ = 0;
    std::size_t lines_read_ = 0;
};

/// The name in front of the first `:` or `;` of an unfolded line, whatever the rest is.
std::string_view line_name(std::string_view line) noexcept;
/// What is in front of the value (name and parameters), and the value: behind the first `:` outside of quotes. No value
/// when there is none. Takes any bytes.
struct LineHalves {
    std::string_view head;
    std::optional<std::string_view> value;
};
LineHalves split_line(std::string_view line) noexcept;

/// Splits one unfolded line into name, parameters and value (RFC 5545 3.1). The TZID of a date may have colons and
/// commas without quotes: it ends at the last colon. Refused as bad_calendar, with a detail that says what is wrong: no
/// name, a parameter without `=`, a quote that does not open or close a parameter value. More parameters than
/// CalendarLimits allows: too_complex.
Expected<Property> parse_content_line(std::string_view line);

/// Has the value of a parameter what some readers (libical) take for an escape: a backslash before a quote, or before
/// the `;` or `:` behind it? They look for the property's value elsewhere.
bool has_escape(std::string_view parameter_value) noexcept;

/// UTF-8, or a content line that would be one with other text in its value or in the values of its parameters? What
/// decodes to anything else may have been written in another encoding, and its lines may be no lines.
bool is_utf8_or_mendable(std::string_view line);

/// Appends the line with CRLF, folded at 75 octets without splitting a UTF-8 character; an untouched line that was kept
/// as it came, as it came.
void write_content_line(std::string& out, const Property& property);
/// `property` was read of the reader's line: keeps that line as it came, where it would not be written like that, and
/// behind the lines `before` of which it was read too.
void keep_as_it_came(Property& property, const LineReader& reader, const std::string& before);

}  // namespace calendar::itip
