#include "milter/judging/learner.h"

#include <algorithm>

#include "calendar/base/nested.h"
#include "milter/daemon/log.h"

namespace milter::judging {

namespace {

using calendar::base::Deadline;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds time_of_lesson{20};
constexpr std::chrono::seconds time_of_end{3};

}  // namespace

Learner::Learner(mail::Engine engine, Learn learn, Bounds bounds)
    : engine_(std::move(engine)), learn_(std::move(learn)), bounds_(bounds), thread_([this] { run(); }) {}

Learner::~Learner() {
    {
        const std::lock_guard lock(mutex_);
        last_ = Clock::now() + time_of_end;
    }
    offered_.notify_one();
    thread_.join();
}

void Learner::offer(Lesson lesson) {
    const auto size = lesson.bytes();
    {
        const std::lock_guard lock(mutex_);
        if (lessons_.size() < bounds_.lessons && size <= bounds_.bytes - bytes_) {
            lessons_.push_back(std::move(lesson));
            bytes_ += size;
            offered_.notify_one();
            return;
        }
    }
    drop(lesson, "too many messages wait to be learned from");
}

void Learner::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        offered_.wait(lock, [this] { return !lessons_.empty() || last_ != Deadline::max(); });
        if (lessons_.empty()) return;
        auto lesson = std::move(lessons_.front());
        lessons_.pop_front();
        bytes_ -= lesson.bytes();
        lock.unlock();
        learn_from(std::move(lesson));
        lock.lock();
    }
}

void Learner::learn_from(Lesson lesson) {
    auto deadline = Clock::now() + time_of_lesson;
    {
        const std::lock_guard lock(mutex_);
        deadline = std::min(deadline, last_);
    }
    if (deadline <= Clock::now()) return drop(lesson, "the program stops");
    const auto snapshot = lesson.snapshot;
    const auto queue_id = lesson.envelope.queue_id;
    try {
        if (const auto observation = observation_of(std::move(lesson), engine_, deadline))
            learn_(*observation, *snapshot);
    } catch (const std::exception& error) {
        daemon::log(policy::config::Log::Level::warning, queue_id, "not-learned",
                    {{"detail", calendar::base::nested_text(error)}});
    }
}

void Learner::drop(const Lesson& lesson, std::string_view why) const {
    daemon::log(policy::config::Log::Level::warning, lesson.envelope.queue_id, "not-learned", {{"detail", why}});
}

}  // namespace milter::judging
