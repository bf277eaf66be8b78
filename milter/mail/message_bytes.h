#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "calendar/base/fd.h"

namespace milter::mail {

/// The memory of all messages on their way, in bytes, over all connections. Thread-safe.
class MessageBudget {
  public:
    /// False, and nothing is taken: with these there would be more than `limit`.
    bool take(std::size_t bytes, std::size_t limit) noexcept {
        if (used_.fetch_add(bytes) + bytes <= limit) return true;
        used_.fetch_sub(bytes);
        return false;
    }
    void give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes); }
    std::size_t used() const noexcept { return used_.load(); }

  private:
    std::atomic<std::size_t> used_ = 0;
};

/// The bytes of one message while it arrives. A large one is a file in memory: it is not copied while it grows, and its
/// pages go back to the system when it is over.
class MessageBytes {
  public:
    /// A message up to this size is kept in memory that the next one uses again.
    static constexpr std::size_t largest_in_memory = std::size_t{1} << 20;

    explicit MessageBytes(std::shared_ptr<MessageBudget> budget) : budget_(std::move(budget)) {}
    MessageBytes(const MessageBytes&) = delete;
    MessageBytes& operator=(const MessageBytes&) = delete;
    ~MessageBytes() { clear(); }

    /// False, and nothing is appended: all messages together would be larger than `limit`. Throws std::system_error
    /// when this machine has no memory left.
    bool append(std::string_view bytes, std::size_t limit);
    std::size_t size() const noexcept { return size_; }
    /// All of it, until the next append() or clear(). Throws std::system_error.
    std::string_view view();
    bool in_file() const noexcept { return static_cast<bool>(file_); }
    void clear() noexcept;

  private:
    void unmap() noexcept;

    std::shared_ptr<MessageBudget> budget_;
    std::string memory_;
    calendar::base::Fd file_;  ///< in place of `memory_`
    void* map_ = nullptr;      ///< of `file_`, `size_` bytes
    std::size_t size_ = 0;
};

}  // namespace milter::mail
