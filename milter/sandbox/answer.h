#pragma once

#include <cstddef>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "milter/mail/inspect.h"

/// What a cell answers, which may be taken over: bounded before it is read.
namespace milter::sandbox {

/// What an answer may hold at most, by the bytes of what was asked. A message for each UID is in an inspection, with
/// all the zones; the shortest attendee has 14 bytes, and 6 values in JSON.
struct AnswerBounds {
    std::size_t bytes;
    std::size_t elements;  ///< of its JSON, each of which takes some 100 bytes when it is read

    explicit AnswerBounds(std::size_t asked);
};

/// The JSON of an answer. Throws when it nests too deep, holds too much or is none.
nlohmann::json parsed(std::string_view text, std::size_t most_elements);

/// With the contents of its messages, which came beside the JSON. Throws when there are more or fewer.
mail::Inspection whole_inspection(const nlohmann::json& answer, std::string_view contents);

}  // namespace milter::sandbox
