#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "calendar/base/text.h"
#include "calendar/itip/read/address.h"

namespace milter::mail {

/// The first line with its end, CRLF or LF; all when there is no further one.
std::string_view first_line(std::string_view text) noexcept;
std::string_view without_line_end(std::string_view line) noexcept;

/// A header field as it stands in the message. Views into it.
struct Field {
    std::string_view name;   ///< without white space before the colon
    std::string_view value;  ///< after the colon, folds kept, without the final line end
    std::string_view whole;  ///< name, colon and value

    bool is(std::string_view other) const noexcept { return calendar::base::same_word(name, other); }
    /// The value without white space and line ends around it.
    std::string_view text() const noexcept;
};

/// A line of a header with the lines that continue it.
struct HeaderLines {
    std::string_view lines;  ///< with their line ends
    Field field;             ///< without a name: the line is not a field (no colon, or nothing in front of it)
};
/// The first lines of a header that is not at its end.
HeaderLines first_lines(std::string_view header) noexcept;

/// Header fields in a message that we look at; one with more is refused.
constexpr std::size_t most_fields = 2000;

/// The header of one message: its fields, top to bottom, and its one sender. Views into the message, which outlives it.
class Header {
  public:
    using From = tl::expected<calendar::itip::Address, std::string>;

    Header() : Header({}, {}) {}
    /// Reads the header of a message. Lines end in CRLF or LF; the header ends at an empty line. Lines that are not
    /// fields are left out together with what continues them.
    static Header of(std::string_view message);

    /// At most most_fields + 1.
    const std::vector<Field>& fields() const noexcept { return fields_; }
    bool too_many_fields() const noexcept { return fields_.size() > most_fields; }
    /// As it was received, without the empty line.
    std::string_view bytes() const noexcept { return bytes_; }
    /// What follows the header and its empty line in the message that this is the header of.
    std::string_view body_of(std::string_view message) const noexcept;
    /// See one_mailbox().
    const From& from() const noexcept { return from_; }

  private:
    friend class HeaderWriter;
    Header(std::vector<Field> fields, std::string_view bytes);

    std::vector<Field> fields_;
    std::string_view bytes_;
    From from_;
};

/// Writes the header of a message, field by field as the MTA names them, and remembers where each stands.
class HeaderWriter {
  public:
    /// The field as it stands in the message, behind those before it; valid until the next call. `separator` is what
    /// stands between name and value. Line ends become CRLF.
    std::string_view add(std::string_view name, std::string_view separator, std::string_view value);
    /// The header of that message, to which a body may have been added behind an empty line.
    Header header(std::string_view message) const;
    /// For the next message.
    void clear() noexcept;

  private:
    struct Place {
        std::size_t start, name, value, end;
    };
    std::string field_;
    std::vector<Place> places_;
    std::size_t end_ = 0;
    bool folded_ = true;  ///< every line of a value but its first is a continuation
};

}  // namespace milter::mail
