#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace calendar::itip {

/// What was left out of a message when it was read, for people.
class Dropped {
  public:
    enum class What { line, parameters, repetition, control_characters };

    void add(What what, std::size_t line, std::string_view name);
    /// `dropped 1 line that is no valid content line: line 14 X-APPLE-STRUCTURED-LOCATION; dropped …`: the first few of
    /// each kind, and how many more. Empty when nothing was left out.
    std::string sentence() const;

  private:
    struct Kind {
        std::size_t count = 0;
        std::string first;
    };
    std::array<Kind, 4> kinds_;
};

}  // namespace calendar::itip
