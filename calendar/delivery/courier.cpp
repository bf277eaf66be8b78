#include "calendar/delivery/courier.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "calendar/delivery/batch.h"

namespace calendar::delivery {

namespace {

constexpr int niceness = 10;  // the mail that waits for an answer goes first
/// How long a job is left while mail waits: nobody waits for a calendar so closely, and a burst of mail is over then.
constexpr std::chrono::seconds patience{2};
/// A message that comes sooner after the last belongs to the same burst.
constexpr std::chrono::milliseconds pause{20};
/// At most: for what becomes due while mail waits, what another program made due (`imipctl review apply`), and a clock
/// that was set.
constexpr auto longest_sleep = patience;
/// After the queue itself failed (disk full): not at once again, whatever else is committed meanwhile.
constexpr std::chrono::seconds rest{30};

/// Whose earlier replies count for these jobs; none: it is not known of one of them.
std::optional<std::vector<std::string>> answering(const std::vector<QueuedJob>& jobs) {
    std::vector<std::string> attendees;
    for (const auto& [job, attempts] : jobs) {
        if (job.method != itip::Method::reply) continue;
        if (job.answering.empty()) return std::nullopt;
        attendees.insert(attendees.end(), job.answering.begin(), job.answering.end());
    }
    return attendees;
}

}  // namespace

/// Why nothing is lost, step by step. The process may end after any of them:
/// - after commit(): the job is on the disk, waiting; the message was answered only then.
/// - after take() or fetch: taken is only in memory; the job is due again.
/// - after store: the calendar has it, the queue does not know. The job is due again, finds its own work in the object
///   (`duplicate`, `stale_…`: nothing changes) and is done.
/// - in settle(): one transaction, so the results of the batch, its marks and its audit rows are all there or none;
///   none is the case before.
/// The other order, settling before storing, would lose the job between the two.
class Courier::Crew {
  public:
    Crew(Queue& queue, CourierHost& host, std::size_t workers)
        : queue_(queue), host_(host), undecided_at_once_(std::max<std::size_t>(workers, 2) - 1) {
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
        stopped_.notify_all();
        for (auto& thread : threads_)
            thread.join();
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    void mail_came() {
        const std::lock_guard lock(mutex_);
        ++unanswered_;
        ++came_;
    }
    void mail_was_answered() {
        const std::lock_guard lock(mutex_);
        if (--unanswered_ > 0) return;
        flows_until_ = Clock::now() + pause;
        if (timing_ == 0) woken_.notify_one();  // who looks first calls the others when there is more than one event
    }

  private:
    using Clock = std::chrono::steady_clock;

    /// What a worker has seen before it looked into the queue.
    struct Seen {
        std::uint64_t calls = 0, came = 0;
        bool mail_flows = false;
    };

    Seen see() const { return {calls_, came_, unanswered_ > 0 || Clock::now() < flows_until_}; }

    void work() {
        // On Linux this is the thread's own. Failing changes nothing but who goes first.
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            const auto seen = see();
            lock.unlock();
            const auto wait = do_next(seen.mail_flows ? patience : std::chrono::seconds(0));
            lock.lock();
            if (wait)
                sleep(lock, seen, Clock::now() + *wait);
            else
                stopped_.wait_for(lock, rest, [this] { return stopping_; });
        }
    }

    /// Until then at the latest. A call ends it, and so does the end of the mail that flowed or has come since.
    void sleep(std::unique_lock<std::mutex>& lock, const Seen& seen, Clock::time_point until) {
        while (!stopping_ && calls_ == seen.calls && Clock::now() < until) {
            if (unanswered_ > 0 || (came_ == seen.came && !seen.mail_flows)) {
                woken_.wait_until(lock, until);
                continue;
            }
            if (Clock::now() >= flows_until_) return;
            ++timing_;
            woken_.wait_until(lock, std::min(until, flows_until_));
            --timing_;
        }
    }

    /// Does one batch when something has been due for so long. How long to sleep then; none: the queue failed.
    std::optional<std::chrono::seconds> do_next(std::chrono::seconds since) {
        try {
            const auto jobs = queue_.take(host_.now(), since, undecided_at_once_);
            const auto due = queue_.next_due(undecided_at_once_);
            const auto wait = due ? *due + since - host_.now() : longest_sleep;
            if (jobs.empty()) return std::clamp<std::chrono::seconds>(wait, std::chrono::seconds(0), longest_sleep);
            if (wait <= std::chrono::seconds(0)) call_others();  // more than one worker's work
            serve(jobs);
            return std::chrono::seconds(0);
        } catch (const std::exception& error) {
            host_.report_failure(error.what());
            return std::nullopt;
        }
    }

    void call_others() {
        const std::lock_guard lock(mutex_);
        ++calls_;
        woken_.notify_all();
    }

    void serve(const std::vector<QueuedJob>& jobs) {
        const auto [user, uid] = event_of(jobs.front().job);
        std::vector<JobResult> results;
        std::vector<Reservation> reserved;  // until it is settled
        MarkChanges marks;
        try {
            Batch batch(host_, queue_.marks(user, uid, answering(jobs)));
            batch.run(jobs);
            for (const auto& [target, failure] : batch.asked())
                note(target, failure);
            results = batch.results();
            for (std::size_t i = 0; i < results.size(); ++i)
                results[i].audit.attempt = jobs[i].attempts + 1;
            marks = batch.mark_changes();
            reserved = keep_within_bounds(jobs, results);
        } catch (...) {
            // The queue could not be read, or memory ran out. Taken is given back; the jobs are as before.
            queue_.settle(user, uid, {}, {}, host_.now());
            throw;
        }
        queue_.settle(user, uid, results, marks, host_.now());
        for (const auto& result : results)
            host_.report(result.audit);
    }

    void note(const Target& target, const std::optional<base::Temporary>& failure) {
        if (!queue_.note(target, failure ? TargetState::failing : TargetState::working, host_.now())) return;
        host_.report_target(target, failure);
    }

    /// A late decision to hold is not followed when 'limits: held' is reached. What a job shares with others that are
    /// held counts again with each, until all is counted.
    std::vector<Reservation> keep_within_bounds(const std::vector<QueuedJob>& jobs, std::vector<JobResult>& results) {
        std::vector<Reservation> reserved;
        for (std::size_t i = 0; i < results.size(); ++i) {
            if (results[i].state != JobResult::State::held) continue;
            const auto& job = jobs[i].job;
            const auto shared = queue_.kept_message(job.content);
            const auto bytes = Queue::bytes_of(job) + (shared ? shared->size() : 0);
            reserved.push_back(queue_.reserve(Kept::held, bytes, host_.held_limit(), turn_of(job)));
            if (reserved.back()) continue;
            change(results[i], JobResult::State::left);
            results[i].audit.outcome = "ignored";
            results[i].audit.detail = full_detail(Kept::held);
        }
        return reserved;
    }

    Queue& queue_;
    CourierHost& host_;
    const std::size_t undecided_at_once_;  // of several workers one is always there for what is decided
    std::mutex mutex_;
    std::condition_variable woken_;    // of workers that sleep
    std::condition_variable stopped_;  // of workers that rest
    std::uint64_t calls_ = 0;
    std::uint64_t came_ = 0;         // messages until now
    std::size_t unanswered_ = 0;     // messages that wait for their answers
    std::size_t timing_ = 0;         // workers that sleep until flows_until_
    Clock::time_point flows_until_;  // when none waits any more
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

Courier::Courier(Queue& queue, CourierHost& host, std::size_t workers)
    : crew_(std::make_unique<Crew>(queue, host, workers)) {}
Courier::~Courier() = default;

Courier::MailWaits::MailWaits(Courier& courier) : crew_(*courier.crew_) {
    crew_.mail_came();
}
Courier::MailWaits::~MailWaits() {
    crew_.mail_was_answered();
}

}  // namespace calendar::delivery
