#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace milter::imipctl {

/// "[#####               ]  25 %, 1234 messages, 5000/s": `done` of `total` bytes, no bar when `total` is 0
/// (not known). At most 79 characters.
std::string progress_line(std::uint64_t done, std::uint64_t total, std::uint64_t messages,
                          std::chrono::duration<double> since_start);

/// The line above at a terminal, drawn over itself now and again, and wiped out at the end. Nothing when it is not a
/// terminal. (Debian 12 has no package for it that fits C++.)
class Progress {
  public:
    Progress(int descriptor, std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(std::uint64_t done, std::uint64_t messages);

  private:
    using Clock = std::chrono::steady_clock;
    void write(const std::string& text) const;

    int descriptor_;
    std::uint64_t total_;
    bool visible_;
    Clock::time_point start_ = Clock::now();
    Clock::time_point next_ = start_;
};

}  // namespace milter::imipctl
