#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace milter::mta {

/// Counts the callbacks that are inside. Once it is closed none enters any more, and those inside can be waited for.
class Gate {
  public:
    /// Inside from its construction to its destruction, unless the gate was closed: then it is false.
    class Pass {
      public:
        explicit Pass(Gate& gate) noexcept : gate_(gate), inside_(gate.enter()) {}
        ~Pass() {
            if (inside_) gate_.leave();
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        explicit operator bool() const noexcept { return inside_; }

      private:
        Gate& gate_;
        const bool inside_;
    };

    void close() noexcept;
    /// After close(): returns when none is inside. Takes as long as they do.
    void wait_until_empty();

  private:
    bool enter() noexcept;
    void leave() noexcept;

    std::atomic<int> inside_{0};
    std::atomic<bool> closed_{false};
    std::mutex mutex_;
    std::condition_variable left_;
};

}  // namespace milter::mta
