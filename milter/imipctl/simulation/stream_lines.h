#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string_view>
#include <vector>

namespace milter::imipctl {

/// The lines of a stream, in as little memory as one buffer: a line that is longer comes in pieces.
class StreamLines {
  public:
    static constexpr std::size_t buffer_size = 64 * 1024;

    /// The stream outlives this.
    explicit StreamLines(std::istream& in) : in_(in), buffer_(buffer_size) {}

    struct Piece {
        std::string_view text;  ///< until the next call; its LF is the last byte, unless more of the line follows
        bool starts_line = true;
    };
    /// None at the end. Throws std::runtime_error when the stream breaks.
    std::optional<Piece> next();

    /// Of what was handed out so far.
    std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    void fill();
    std::string_view rest() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }

    std::istream& in_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  // what was read and not handed out yet
    bool starts_line_ = true;
    std::uint64_t bytes_ = 0;
};

}  // namespace milter::imipctl
