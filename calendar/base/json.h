#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

/// What every JSON of ours is made of, both ways. Reading is strict: it throws nlohmann::json::exception or
/// std::invalid_argument for a value of another type.
namespace calendar::base {

// ---- writing ----
// Key by key: a list of pairs would be built as a list of lists first, which takes twice as long.

template <class T, class Write>
nlohmann::json list_to_json(const std::vector<T>& values, Write write) {
    nlohmann::json all = nlohmann::json::array();
    for (const T& value : values)
        all.push_back(write(value));
    return all;
}

inline nlohmann::json text_or_null(const std::optional<std::string>& text) {
    return text ? nlohmann::json(*text) : nlohmann::json();
}

// ---- reading ----

/// For words that are looked up in a table: throws when nothing was found.
template <class T>
T needed(std::optional<T> value, const char* what) {
    if (!value) throw std::invalid_argument(std::string("json: invalid ") + what);
    return *std::move(value);
}

/// An object with exactly this many keys. The caller asks for each of them by name, so that there is no other.
inline const nlohmann::json& with_keys(const nlohmann::json& source, std::size_t count) {
    if (!source.is_object() || source.size() != count)
        throw std::invalid_argument("json: expected an object with " + std::to_string(count) + " keys");
    return source;
}

inline std::string text_from(const nlohmann::json& source) {
    return source.get<std::string>();
}

inline std::optional<std::string> optional_text_from(const nlohmann::json& source) {
    return source.is_null() ? std::nullopt : std::optional(text_from(source));
}

inline std::int64_t number_from(const nlohmann::json& source) {
    // nlohmann would make -1 of 2^64 - 1, and 1 of 1.0.
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!source.is_number_integer() || (source.is_number_unsigned() && source.get<std::uint64_t>() > most))
        throw std::invalid_argument("json: expected an integer of 64 bits");
    return source.get<std::int64_t>();
}

template <class Read>
auto list_from(const nlohmann::json& source, Read read) {
    if (!source.is_array()) throw std::invalid_argument("json: expected a list");
    std::vector<decltype(read(source))> all;
    for (const nlohmann::json& one : source)
        all.push_back(read(one));
    return all;
}

}  // namespace calendar::base
