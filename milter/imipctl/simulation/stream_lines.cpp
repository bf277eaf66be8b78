#include "milter/imipctl/simulation/stream_lines.h"

#include <cstring>
#include <stdexcept>

namespace milter::imipctl {

void StreamLines::fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    in_.read(buffer_.data() + end_, static_cast<std::streamsize>(buffer_.size() - end_));
    end_ += static_cast<std::size_t>(in_.gcount());
    if (in_.bad()) throw std::runtime_error("reading the archive failed");
}

std::optional<StreamLines::Piece> StreamLines::next() {
    auto lf = rest().find('\n');
    if (lf == std::string_view::npos) {
        fill();
        lf = rest().find('\n');
    }
    if (begin_ == end_) return std::nullopt;
    const Piece piece{rest().substr(0, lf == std::string_view::npos ? lf : lf + 1), starts_line_};
    begin_ += piece.text.size();
    bytes_ += piece.text.size();
    starts_line_ = lf != std::string_view::npos;
    return piece;
}

}  // namespace milter::imipctl
