#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "calendar/base/deadline.h"
#include "calendar/base/fd.h"

namespace milter::sandbox {

/// The other side of the border is gone, late, or does not speak as agreed.
class BorderBroken : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// It is late.
class BorderLate : public BorderBroken {
    using BorderBroken::BorderBroken;
};

using calendar::base::Deadline;  ///< Deadline::max(): none, the socket itself blocks

/// May a frame come as a file in memory? Only what a cell is asked does: it could not make one.
enum class Files { no, yes };

/// The most that one frame may hold, in bytes: a mail at `limits: message` going in, a calendar object coming out.
constexpr std::size_t largest_request = std::size_t{1} << 30;
constexpr std::size_t largest_answer = std::size_t{64} << 20;

/// What crosses the border of a cell, either way: JSON, and bytes that stay as they are. Owns them.
class Frame {
  public:
    Frame() = default;
    Frame(Frame&& other) noexcept;
    Frame& operator=(Frame&&) = delete;
    ~Frame();

    std::string_view json() const noexcept { return all().substr(0, json_size_); }
    std::string_view blob() const noexcept { return all().substr(json_size_); }

  private:
    friend Frame read_frame(int socket, std::size_t largest, Files files, Deadline deadline);
    std::string_view all() const noexcept { return map_ == nullptr ? bytes_ : std::string_view(map_, map_size_); }

    std::string bytes_;
    const char* map_ = nullptr;
    std::size_t map_size_ = 0;
    std::size_t json_size_ = 0;
};

/// Writes one frame; `blob` is the pieces of its bytes. With Files::yes a large one goes as a sealed memfd. Throws
/// BorderBroken, std::system_error.
void write_frame(int socket, std::string_view json, std::span<const std::string_view> blob, Files files,
                 Deadline deadline);

/// Reads one frame, mapping the memfd that came with it when there may be one. Throws BorderBroken.
Frame read_frame(int socket, std::size_t largest, Files files, Deadline deadline);

/// A descriptor and the byte that it travels with. Throws std::system_error.
void send_descriptor(int socket, int descriptor, char byte);
/// Throws BorderBroken; empty at the end of the stream.
struct Received {
    calendar::base::Fd descriptor;
    char byte = 0;
};
Received receive_descriptor(int socket, Deadline deadline);

}  // namespace milter::sandbox
