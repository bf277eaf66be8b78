#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace calendar::itip {

/// What was left out of a message or mended when it was read, for people.
class Dropped {
  public:
    enum class What {
        line,
        attendee,  ///< of whom the line cannot be read
        parameters,
        repetition,
        control_characters,
        bytes,      ///< that are not UTF-8, in a carried line; replaced
        torn,       ///< of one line, joined
        value,      ///< of a carried line, that is none
        duration,   ///< beside an end
        html,       ///< the description once more
        answer,     ///< of another guest in a reply
        tzid,       ///< of a zone that nobody knows, where none is needed
        zone,       ///< that is broken, and not needed
        renamed,    ///< a zone
        component,  ///< that is there already
    };

    /// `why`: our own words.
    void add(What what, std::size_t line, std::string_view name, std::string_view why = {});
    bool has(What what) const noexcept { return kinds_[static_cast<std::size_t>(what)].count > 0; }
    /// `dropped 1 line that is no valid content line: line 14 X-APPLE-STRUCTURED-LOCATION; dropped …`: the first few of
    /// each kind, and how many more. Empty when nothing was left out.
    std::string sentence() const;

  private:
    struct Kind {
        std::size_t count = 0;
        std::string first;
    };
    std::array<Kind, 15> kinds_;
};

}  // namespace calendar::itip
