#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "calendar/itip/read/address.h"

/// What the JSON of json.h is made of, both ways.
namespace calendar::itip::json_pieces {

using nlohmann::json;

// ---- writing ----
// Key by key: a list of pairs would be built as a list of lists first, which takes twice as long.

template <class T, class Write>
inline json list(const std::vector<T>& values, Write write) {
    json all = json::array();
    for (const T& value : values)
        all.push_back(write(value));
    return all;
}

inline json text_or_null(const std::optional<std::string>& text) {
    return text ? json(*text) : json();
}

inline json address(const Address& value) {
    return value.text();
}

inline json address_or_null(const std::optional<Address>& value) {
    return value ? address(*value) : json();
}

// ---- reading ----

template <class T>
T needed(std::optional<T> value, const char* what) {
    if (!value) throw std::invalid_argument(std::string("json: no ") + what);
    return *std::move(value);
}

/// An object of so many keys. All of them are then asked for by name, so that no other is there.
inline const json& with_keys(const json& source, std::size_t count) {
    if (!source.is_object() || source.size() != count) throw std::invalid_argument("json: not the expected object");
    return source;
}

inline std::string text_of(const json& source) {
    return source.get<std::string>();
}

inline std::int64_t number_of(const json& source) {
    // nlohmann would make -1 of 2^64 - 1, and 1 of 1.0.
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!source.is_number_integer() || (source.is_number_unsigned() && source.get<std::uint64_t>() > most))
        throw std::invalid_argument("json: no whole number");
    return source.get<std::int64_t>();
}

inline std::optional<std::string> optional_text(const json& source) {
    return source.is_null() ? std::nullopt : std::optional(text_of(source));
}

inline Address address_of(const json& source) {
    const std::string text = text_of(source);
    auto address = needed(Address::parse(text), "address");
    if (address.text() != text) throw std::invalid_argument("json: an address that is not in its normal form");
    return address;
}

inline std::optional<Address> optional_address(const json& source) {
    return source.is_null() ? std::nullopt : std::optional(address_of(source));
}

template <class Read>
auto list_of(const json& source, Read read) {
    if (!source.is_array()) throw std::invalid_argument("json: not a list");
    std::vector<decltype(read(source))> all;
    for (const json& one : source)
        all.push_back(read(one));
    return all;
}

}  // namespace calendar::itip::json_pieces
