#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "calendar/net/http.h"

namespace calendar::net {

/// What the reply to one request is collected in, within its bounds.
struct ReplySink {
    std::size_t max_body;  ///< bytes
    Response response{};
    std::size_t header_bytes = 0;
    bool body_too_large = false, header_too_large = false, out_of_memory = false;

    /// What is too large, as a sentence; none: nothing. Throws std::bad_alloc where there was no memory for it.
    std::optional<std::string> too_large() const;
};

/// Callbacks for libcurl; `sink` is a ReplySink. Less than `size` ends the transfer: a bound is passed, or there is no
/// memory. Nothing is thrown through C.
std::size_t on_header(char* data, std::size_t, std::size_t size, void* sink) noexcept;
std::size_t on_body(char* data, std::size_t, std::size_t size, void* sink) noexcept;

}  // namespace calendar::net
