#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Walks the content lines of a text and unfolds them (RFC 5545 3.1, RFC 6350 3.2 alike). Takes any bytes, linted or
/// not, in linear time, and copies folded lines only. A line ends with LF or CRLF; a BOM at the start and blank lines
/// are skipped. Views point into the text or into the reader and last until the next call of next().
class LineReader {
  public:
    explicit LineReader(std::string_view text);

    /// To the next line that is not blank; false at the end.
    bool next();

    std::string_view line() const noexcept { return line_; }   ///< unfolded, without its end
    std::size_t number() const noexcept { return number_; }    ///< of the physical line it starts on, from 1
    std::size_t folds() const noexcept { return folds_; }      ///< how many lines continue it
    std::size_t longest() const noexcept { return longest_; }  ///< bytes of its longest physical line, without its end
    std::size_t lines_read() const noexcept { return lines_read_; }  ///< physical lines so far, blank ones too
    /// The line starts with a blank: it continues nothing (the first line, or one after a blank line).
    bool orphan() const noexcept { return !line_.empty() && (line_.front() == ' ' || line_.front() == '\t'); }

  private:
    std::string_view physical_line();

    std::string_view rest_;
    std::string_view line_;
    std::string unfolded_;
    std::size_t number_ = 0;
    std::size_t folds_ = 0;
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

/// Splits one unfolded line into name, parameters and value (RFC 5545 3.1). Refused as bad_calendar, with a detail that
/// names what is wrong: no name, a parameter without `=`, a quote that does not open or close a parameter value. More
/// parameters than LintLimits allows: too_complex.
Expected<Property> parse_content_line(std::string_view line);

/// Appends the line with CRLF, folded at 75 octets without splitting a UTF-8 character.
void write_content_line(std::string& out, const Property& property);

}  // namespace calendar::itip
