#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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

using calendar::base::Deadline;

/// Until when to wait for the other side, asked again whenever that is over; throws when the wait is. None: for ever,
/// the socket itself blocks.
using Patience = std::function<Deadline()>;
/// Throws BorderLate when it is over.
Patience until(Deadline deadline);

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
    friend Frame read_frame(int socket, std::size_t largest, Files files, const Patience& patience);
    std::string_view all() const noexcept { return map_ == nullptr ? bytes_ : std::string_view(map_, map_size_); }

    std::string bytes_;
    const char* map_ = nullptr;
    std::size_t map_size_ = 0;
    std::size_t json_size_ = 0;
};

/// Writes one frame; `blob` is the pieces of its bytes. With Files::yes a large one goes as a sealed memfd. Throws
/// BorderBroken, std::system_error, and what the patience does.
void write_frame(int socket, std::string_view json, std::span<const std::string_view> blob, Files files,
                 const Patience& patience);

/// Reads one frame, mapping the memfd that came with it when there may be one. Throws BorderBroken, and what the
/// patience does.
Frame read_frame(int socket, std::size_t largest, Files files, const Patience& patience);

/// A descriptor (-1: none) and the number that it travels with. Throws std::system_error.
void send_descriptor(int socket, int descriptor, std::int32_t number);
/// Throws BorderBroken, and what the patience does; empty at the end of the stream.
struct Received {
    calendar::base::Fd descriptor;
    std::int32_t number = 0;
};
Received receive_descriptor(int socket, const Patience& patience);

}  // namespace milter::sandbox
