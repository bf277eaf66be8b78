#include "milter/imipctl/simulation/progress.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <unistd.h>

namespace milter::imipctl {

namespace {

constexpr std::size_t bar_length = 30;
constexpr std::chrono::milliseconds between{100};
constexpr const char* from_line_start = "\r\033[K";  // ECMA-48: the line is empty

}  // namespace

std::string progress_line(std::uint64_t done, std::uint64_t total, std::uint64_t messages,
                          std::chrono::duration<double> since_start) {
    const auto rate = since_start.count() > 0 ? static_cast<double>(messages) / since_start.count() : 0.0;
    auto counts = fmt::format("{} messages, {:.0f}/s", messages, rate);
    if (total == 0) return counts;
    const auto share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const auto filled = static_cast<std::size_t>(share * bar_length);
    return fmt::format("[{:<{}}] {:3.0f} %, {}", std::string(filled, '#'), bar_length, share * 100, counts);
}

Progress::Progress(int descriptor, std::uint64_t total)
    : descriptor_(descriptor), total_(total), visible_(::isatty(descriptor) == 1) {}

Progress::~Progress() {
    if (visible_) write(from_line_start);
}

void Progress::show(std::uint64_t done, std::uint64_t messages) {
    if (!visible_) return;
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + between;
    write(from_line_start + progress_line(done, total_, messages, now - start_));
}

void Progress::write(const std::string& text) const {
    std::ignore = ::write(descriptor_, text.data(), text.size());  // without the bar the work goes on
}

}  // namespace milter::imipctl
