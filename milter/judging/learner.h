#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "milter/judging/learning.h"

namespace milter::judging {

/// Learns from messages after they are answered, on a thread of its own. Thread-safe.
class Learner {
  public:
    /// What may wait to be learned; more is dropped, with a line in the log.
    struct Bounds {
        std::size_t lessons = 1000;
        std::size_t bytes = std::size_t{64} << 20;
    };
    using Learn = std::function<void(const policy::memory::Observation& observation, const daemon::Snapshot& snapshot)>;

    /// `learn` remembers an observation; it may throw.
    Learner(mail::Engine engine, Learn learn, Bounds bounds);
    Learner(mail::Engine engine, Learn learn) : Learner(std::move(engine), std::move(learn), Bounds()) {}
    /// What still waits is learned as far as that takes no more than a few seconds.
    ~Learner();
    Learner(const Learner&) = delete;
    Learner& operator=(const Learner&) = delete;

    void offer(Lesson lesson);

  private:
    void run();
    void learn_from(Lesson lesson);
    void drop(const Lesson& lesson, std::string_view why) const;

    const mail::Engine engine_;
    const Learn learn_;
    const Bounds bounds_;
    std::mutex mutex_;
    std::condition_variable offered_;
    std::deque<Lesson> lessons_;
    std::size_t bytes_ = 0;
    calendar::base::Deadline last_ = calendar::base::Deadline::max();  ///< earlier: the end has begun
    std::thread thread_;                                               // last: it uses the others
};

}  // namespace milter::judging
