#include "calendar/delivery/courier.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "calendar/delivery/batch.h"

namespace calendar::delivery {

namespace {

constexpr int niceness = 10;  // the mail that waits for an answer goes first
/// How long a job is left while mail waits: nobody waits for his calendar so closely, and a burst of mail is over then.
constexpr std::chrono::seconds patience{2};
/// Mail that comes sooner after the last belongs to the same burst.
constexpr std::chrono::milliseconds pause{20};
/// A clock that was set, and what another program made due (`imipctl review apply`), is noticed so soon.
constexpr std::chrono::seconds longest_sleep{3};
/// After the queue itself failed (disk full): not at once again, whatever else is committed meanwhile.
constexpr std::chrono::seconds rest{30};

}  // namespace

/// Why nothing is lost, step by step. The process may end after any of them:
/// - after commit(): the job is on the disk, waiting; the mail was answered only then.
/// - after take() or fetch: taken is only in memory; the job is due again.
/// - after store: the calendar has it, the queue does not know. The job is due again, finds its own work in the object
///   (`duplicate`, `stale_…`: nothing changes) and is done.
/// - in settle(): one transaction, so the jobs of the round, their marks and their audit rows are all there or none;
///   none is the case before.
/// The other order, settling before storing, would lose the job between the two.
class Courier::Crew {
  public:
    Crew(Queue& queue, Parts parts, std::size_t workers) : queue_(queue), parts_(std::move(parts)) {
        threads_.reserve(workers);
        for (std::size_t i = 0; i < workers; ++i)
            threads_.emplace_back([this] { work(); });
    }
    ~Crew() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        woken_.notify_all();
        for (auto& thread : threads_)
            thread.join();
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    void mail_came() {
        const std::lock_guard lock(mutex_);
        if (!mail_flows()) call();
        ++mails_;
    }
    void mail_was_answered() {
        const std::lock_guard lock(mutex_);
        if (--mails_ == 0) flows_until_ = Clock::now() + pause;
    }

  private:
    using Clock = std::chrono::steady_clock;

    bool mail_flows() const { return mails_ > 0 || Clock::now() < flows_until_; }

    /// Whoever sleeps looks again.
    void call() {
        ++calls_;
        woken_.notify_all();
    }

    void work() {
        // On Linux this is the thread's own. Failing changes nothing but who goes first.
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            const auto seen = calls_;
            const bool mail_first = mail_flows();
            lock.unlock();
            auto sleep = next(mail_first ? patience : std::chrono::seconds(0));
            lock.lock();
            if (mail_first && sleep.lightly) sleep.time = std::min(sleep.time, pause);
            woken_.wait_for(lock, sleep.time, [&] { return stopping_ || (sleep.lightly && calls_ != seen); });
        }
    }

    struct Sleep {
        std::chrono::milliseconds time{0};
        bool lightly = true;  // a call ends it
    };

    /// Does one round when something has been due for so long; how long to sleep then.
    Sleep next(std::chrono::seconds since) {
        try {
            const auto jobs = queue_.take(parts_.now(), since);
            const auto due = queue_.next_due();
            const auto wait = due ? *due + since - parts_.now() : longest_sleep;
            if (jobs.empty()) return {std::clamp<std::chrono::seconds>(wait, std::chrono::seconds(0), longest_sleep)};
            if (wait <= std::chrono::seconds(0)) call_others();  // more than one worker's work
            serve(jobs);
            return {};
        } catch (const std::exception& error) {
            if (parts_.trouble) parts_.trouble(error.what());
            return {rest, false};
        }
    }

    void call_others() {
        const std::lock_guard lock(mutex_);
        call();
    }

    void serve(const std::vector<QueuedJob>& jobs) {
        const auto& [user, uid] = std::tie(jobs.front().job.user, jobs.front().job.uid);
        std::vector<JobResult> settled;
        std::optional<std::vector<itip::ReplyMark>> marks;
        try {
            Batch round(parts_, queue_.marks(user, uid));
            round.run(jobs);
            for (const auto& [target, failing] : round.asked())
                queue_.note(target, failing);
            settled = round.settled();
            marks = round.marks();
        } catch (...) {
            // The queue could not be read, or memory ran out. Taken is given back; the jobs are as before.
            queue_.settle(user, uid, {}, std::nullopt, parts_.now());
            throw;
        }
        queue_.settle(user, uid, settled, marks, parts_.now());
        call_others();  // they sleep until a time that was worked out before this; perhaps something waits for an
                        // earlier one now
        if (!parts_.report) return;
        for (std::size_t i = 0; i < settled.size(); ++i)
            parts_.report({settled[i].audit, jobs[i].attempts + 1});
    }

    Queue& queue_;
    const Parts parts_;
    std::mutex mutex_;
    std::condition_variable woken_;
    std::uint64_t calls_ = 0;
    std::size_t mails_ = 0;          // that wait for their answers
    Clock::time_point flows_until_;  // when none waits any more
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

Courier::Courier(Queue& queue, Parts parts, std::size_t workers)
    : crew_(std::make_unique<Crew>(queue, std::move(parts), workers)) {}
Courier::~Courier() = default;

Courier::MailWaits::MailWaits(Courier& courier) : crew_(*courier.crew_) {
    crew_.mail_came();
}
Courier::MailWaits::~MailWaits() {
    crew_.mail_was_answered();
}

}  // namespace calendar::delivery
