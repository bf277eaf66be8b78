#pragma once

#include <mutex>
#include <utility>

namespace calendar::base {

/// A value together with the mutex that guards it: it is reached only while it is locked.
template <class T>
class LockGuarded {
  public:
    LockGuarded() = default;
    explicit LockGuarded(T value) : value_(std::move(value)) {}

    class Locked {
      public:
        T& operator*() const noexcept { return value_; }
        T* operator->() const noexcept { return &value_; }

      private:
        friend class LockGuarded;
        Locked(std::mutex& mutex, T& value) : lock_(mutex), value_(value) {}
        std::unique_lock<std::mutex> lock_;
        T& value_;
    };

    /// The value, for as long as the result lives.
    [[nodiscard]] Locked lock() { return {mutex_, value_}; }

  private:
    std::mutex mutex_;
    T value_;
};

}  // namespace calendar::base
