#include "milter/sandbox/answer.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "calendar/base/text.h"
#include "calendar/itip/read/normal_form/complete.h"
#include "milter/sandbox/frame.h"

namespace milter::sandbox {

using nlohmann::json;

namespace {

/// Ours nests less. Parsing brackets alone takes many times their size in memory.
constexpr int deepest_json = 20;

/// What components of a message lack and get from the series is not in what was asked.
constexpr auto copied = calendar::itip::copied_in_message;
constexpr std::size_t growth_in_json = 8;      ///< its text, and the party; each byte may be escaped
constexpr std::size_t elements_of_party = 12;  ///< at least those of a party without delegations

}  // namespace

AnswerBounds::AnswerBounds(std::size_t asked)
    : bytes(std::min(largest_answer, 256 * 1024 + 32 * asked + growth_in_json * copied.bytes)),
      elements(std::min<std::size_t>(1'000'000, 10'000 + asked / 2 + elements_of_party * copied.lines)) {}

json parsed(std::string_view text, std::size_t most_elements) {
    int depth = 0;
    std::size_t elements = 1;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > deepest_json)
            throw BorderBroken("an answer nested too deep");
        else if (!quoted && (c == ']' || c == '}'))
            --depth;
        if (!quoted && (c == '[' || c == '{' || c == ',') && ++elements > most_elements)
            throw BorderBroken("an answer of too many elements");
    }
    return json::parse(text);
}

mail::Inspection whole_inspection(const json& answer, std::string_view contents) {
    auto inspection = mail::inspection_from(answer.at("inspection"));
    const json& sizes = answer.at("content_sizes");
    std::size_t next = 0;
    for (auto& part : inspection.parts)
        for (auto& message : part.messages) {
            const auto size = sizes.at(next++).get<std::size_t>();
            if (size > contents.size() || !calendar::base::valid_utf8(contents.substr(0, size)))
                throw BorderBroken("a content is missing or no text");
            message.content = contents.substr(0, size);
            contents.remove_prefix(size);
        }
    if (next != sizes.size() || !contents.empty()) throw BorderBroken("a content too many");
    return inspection;
}

}  // namespace milter::sandbox
