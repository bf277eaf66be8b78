#include "calendar/net/reply_sink.h"

#include <new>
#include <string_view>

#include <fmt/format.h>

#include "calendar/base/text.h"

namespace calendar::net {

namespace {

constexpr std::size_t most_header_bytes = 64 * 1024;

template <class Take>
std::size_t take(void* sink, std::size_t size, Take take_it) noexcept {
    auto& into = *static_cast<ReplySink*>(sink);
    try {
        return take_it(into) ? size : 0;
    } catch (const std::bad_alloc&) {
        into.out_of_memory = true;
        return 0;
    }
}

}  // namespace

std::size_t on_body(char* data, std::size_t, std::size_t size, void* sink) noexcept {
    return take(sink, size, [&](ReplySink& into) {
        into.body_too_large = size > into.max_body - into.response.body.size();
        if (!into.body_too_large) into.response.body.append(data, size);
        return !into.body_too_large;
    });
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* sink) noexcept {
    return take(sink, size, [&](ReplySink& into) {
        const std::string_view line(data, size);
        into.header_bytes += size;
        into.header_too_large = into.header_bytes > most_header_bytes;
        if (into.header_too_large) return false;
        if (line.starts_with("HTTP/")) into.response.headers.clear();  // an interim answer came before
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return true;
        into.response.headers.emplace(base::lowered(line.substr(0, colon)),
                                      base::trimmed(line.substr(colon + 1), base::white_space));
        return true;
    });
}

std::optional<std::string> ReplySink::too_large() const {
    if (out_of_memory) throw std::bad_alloc();
    if (body_too_large) return fmt::format("the reply is larger than {} bytes", max_body);
    if (header_too_large) return fmt::format("the header of the reply is larger than {} bytes", most_header_bytes);
    return std::nullopt;
}

}  // namespace calendar::net
