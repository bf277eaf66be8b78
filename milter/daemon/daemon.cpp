#include "milter/daemon/daemon.h"

#include <chrono>
#include <optional>
#include <thread>

#include <unistd.h>

#include "calendar/base/nested.h"
#include "calendar/base/threads/lock_guarded.h"
#include "calendar/delivery/courier.h"
#include "calendar/delivery/queue.h"
#include "milter/daemon/housekeeper.h"
#include "milter/daemon/instance_lock.h"
#include "milter/daemon/intake.h"
#include "milter/daemon/log.h"
#include "milter/daemon/log_lines.h"
#include "milter/judging/learner.h"
#include "milter/judging/queue/deferred.h"
#include "milter/judging/queue/kept_message.h"
#include "milter/mta/callbacks.h"
#include "milter/mta/signals.h"

namespace milter::daemon {

namespace {

using calendar::base::Result;
using calendar::delivery::Courier;
using calendar::delivery::DeferredDecision;
using calendar::delivery::Job;
using calendar::delivery::Queue;
using calendar::delivery::RetrySchedule;
using Level = policy::config::Log::Level;

calendar::delivery::Time now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// After the last answer was due: for the courier, and for what closes the state.
constexpr std::chrono::seconds stop_grace{5};

/// The process ends then, whatever is still running. Nothing is lost: a message without an answer comes again, and a
/// job stays in the queue until its end is committed.
void leave_at(calendar::base::Deadline deadline, int exit_status) {
    std::thread([deadline, exit_status] {
        std::this_thread::sleep_until(deadline);
        log(Level::warning, {}, "stopped",
            {{"detail", "work in progress did not finish in time; it is done again after the next start"}});
        ::_exit(exit_status);
    }).detach();
}

/// How long the courier waits for a cell and its answer.
constexpr std::chrono::seconds courier_patience{20};

/// The processor time that one call may take in a cell.
std::chrono::milliseconds longest_call(const policy::config::Limits& limits) {
    return std::min(sandbox::CellPool::Options().call, limits.end_of_message / 4);
}

sandbox::CellPool::Options cell_options(const policy::config::Limits& limits, sandbox::Forker::Priority priority) {
    sandbox::CellPool::Options options;
    options.cells = sandbox::cells_at_work(limits.cells, priority);
    options.priority = priority;
    options.call = longest_call(limits);
    return options;
}

void log_warnings(const policy::config::Config& config) {
    for (const auto& warning : config.warnings)
        log(Level::warning, {}, "configuration", {{"detail", warning.text()}});
}

/// The first snapshot, whose logger is in use before anything can write a line.
SharedSnapshot with_its_logger(SharedSnapshot snapshot) {
    use_logger(snapshot->logger);
    return snapshot;
}

/// The settings that differ and were bound at the start.
std::string changes_at_restart(const policy::config::Config& before, const policy::config::Config& after) {
    const std::pair<std::string_view, bool> settings[] = {
        {"listen", before.listen != after.listen},
        {"socket_mode", before.socket_mode != after.socket_mode},
        {"state", before.state != after.state},
        {"queue: workers", before.workers != after.workers},
        {"limits: cells", before.limits.cells != after.limits.cells},
    };
    std::string changed;
    for (const auto& [name, differs] : settings) {
        if (differs) changed.append(changed.empty() ? "" : ", ").append(name);
    }
    return changed;
}

}  // namespace

class Daemon::Parts {
  public:
    Parts(sandbox::Forker& forker, policy::config::Config config)
        : lock_(calendar::delivery::Database::path(config.state) + ".lock"),
          state_(config.state),
          memory_(state_),
          snapshot_(with_its_logger(std::make_shared<const Snapshot>(std::move(config), &memory_))),
          mail_cells_(forker, cell_options(snapshot()->config.limits, sandbox::Forker::Priority::urgent)),
          courier_cells_(forker, cell_options(snapshot()->config.limits, sandbox::Forker::Priority::patient)),
          queue_(state_),
          learner_(engine_of(courier_cells_),
                   [this](const policy::memory::Observation& observation, const Snapshot& pinned) {
                       memory_.learn(observation, pinned.config.learn.bounds, now());
                   }),
          courier_(queue_, courier_host_, snapshot()->config.workers),
          service_{[this] { return snapshot(); },
                   [this](const SharedSnapshot& pinned, const mail::Mail& mail, calendar::base::Deadline deadline) {
                       const Courier::MailWaits first(courier_);
                       return intake_.process(pinned, mail, deadline);
                   },
                   [this](const SharedSnapshot& pinned, const mail::Mail& mail) {
                       if (auto lesson = judging::lesson_of(pinned, mail)) learner_.offer(std::move(*lesson));
                   }},
          housekeeper_(
              queue_, memory_, [this] { return snapshot(); }, &now) {}

    /// Nothing is destroyed below a callback. libmilter's threads call more of them, which are refused.
    ~Parts() {
        const auto patience = snapshot()->config.limits.end_of_message + stop_grace;
        leave_at(std::chrono::steady_clock::now() + patience, exit_status_);
        mta::wait_for_callbacks();
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    void run(const std::function<void()>& ready) {
        const auto pinned = snapshot();
        const auto& config = pinned->config;
        reload_signal_.emplace([this] { reload(); });
        mta::open_milter(config.listen, config.socket_mode, service_);
        log(Level::info, {}, "started",
            {{"version", IMIP_MILTER_VERSION}, {"listen", config.listen}, {"state", config.state}});
        if (::geteuid() == 0)
            log(Level::warning, {}, "started",
                {{"detail", "the daemon runs as root; run it as a user of its own, as the systemd unit does"}});
        log_warnings(config);
        queue_.wake(now());
        ready();
        mta::serve_milter();
        exit_status_ = 0;
    }

  private:
    /// What the courier asks; each call uses the configuration of its time.
    class Host final : public calendar::delivery::CourierHost {
      public:
        explicit Host(Parts& parts) : parts_(parts) {}

        std::shared_ptr<calendar::connectors::Connector> connector(const std::string& backend) override {
            const auto pinned = parts_.snapshot();
            const auto found = pinned->connectors.find(backend);
            return found == pinned->connectors.end() ? nullptr : found->second;
        }
        Result<calendar::itip::Outcome> apply(const calendar::itip::ApplyInput& input) override {
            try {
                return parts_.courier_cells_.apply(input, std::chrono::steady_clock::now() + courier_patience);
            } catch (const sandbox::CellsBusy& busy) {
                return tl::unexpected<calendar::base::Trouble>(calendar::base::Temporary{busy.what(), std::nullopt});
            }
        }
        Result<calendar::delivery::Successors> find_users(const Job& job, calendar::base::Deadline deadline) override {
            return judging::jobs_for_users(job, *parts_.snapshot(), deadline);
        }
        Result<Reading> read(const Job& job, calendar::base::Deadline deadline) override {
            return parts_.intake_.read(parts_.snapshot(), job, deadline);
        }
        DeferredDecision decide(const Job& job, const std::optional<calendar::connectors::Stored>& stored,
                                calendar::base::Deadline deadline) override {
            const auto pinned = parts_.snapshot();
            const auto proof_of = [&](const std::string& id, calendar::base::Deadline until) {
                return pinned->dkim ? parts_.kept_messages_.verify(id, *pinned->dkim, until) : std::nullopt;
            };
            const auto engine = engine_of(parts_.courier_cells_);
            return judging::decide_deferred(
                job, stored, {.snapshot = *pinned, .engine = engine, .deadline = deadline, .proof_of = proof_of});
        }
        RetrySchedule schedule() override { return parts_.snapshot()->config.retry; }
        std::size_t held_limit() override { return parts_.snapshot()->config.limits.held; }
        calendar::delivery::Time now() override { return daemon::now(); }
        void report(const calendar::delivery::AuditRow& row) override { log_job(row); }
        void report_target(const calendar::delivery::Target& target,
                           const std::optional<calendar::base::Temporary>& failure) override {
            log_target(target, failure);
        }
        void report_failure(const std::string& detail) override {
            log(Level::error, {}, "fault", {{"detail", detail}});
        }

      private:
        Parts& parts_;
    };

    SharedSnapshot snapshot() { return *snapshot_.lock(); }

    /// Everything is read and found good before anything changes; what was bound at the start (socket, state, workers,
    /// cells) stays.
    void reload() {
        const auto current = snapshot();
        try {
            auto read = policy::config::read_config(current->config.file);
            if (!read) {
                for (const auto& mistake : read.error())
                    log(Level::error, {}, "reload-refused", {{"detail", mistake.text()}});
                return;
            }
            auto fresh = std::make_shared<const Snapshot>(std::move(*read), &memory_);
            const auto needed = changes_at_restart(started_with_, fresh->config);
            if (!needed.empty()) {
                log(Level::warning, {}, "restart-needed",
                    {{"detail", "restart the daemon for the new value of " + needed}});
            }
            const auto call = longest_call(fresh->config.limits);
            mail_cells_.limit_calls(call);
            courier_cells_.limit_calls(call);
            const auto current_snapshot = snapshot_.lock();
            use_logger(fresh->logger);
            *current_snapshot = std::move(fresh);
        } catch (const std::exception& error) {
            log(Level::error, {}, "reload-refused", {{"detail", calendar::base::nested_text(error)}});
            return;
        }
        log(Level::info, {}, "reloaded", {{"file", current->config.file.native()}});
        log_warnings(snapshot()->config);
        queue_.wake(now());
    }

    InstanceLock lock_;  // before anything of the state is looked at
    calendar::delivery::State state_;
    policy::memory::Memory memory_;
    calendar::base::LockGuarded<SharedSnapshot> snapshot_;
    const policy::config::Config started_with_ = snapshot()->config;
    sandbox::CellPool mail_cells_;     // an MTA waits for these
    sandbox::CellPool courier_cells_;  // and never for these
    Queue queue_;
    judging::KeptMessages kept_messages_{[this](const std::string& id) { return queue_.kept_message(id); }};
    judging::Learner learner_;
    Intake intake_{queue_, {mail_cells_, courier_cells_}, learner_, &now};
    Host courier_host_{*this};
    Courier courier_;
    mta::Service service_;
    int exit_status_ = 1;
    Housekeeper housekeeper_;  // these use the others, and end first
    std::optional<mta::ReloadSignal> reload_signal_;
};

Daemon::Daemon(sandbox::Forker& forker, policy::config::Config config)
    : parts_(std::make_unique<Parts>(forker, std::move(config))) {}
Daemon::~Daemon() = default;
void Daemon::run(const std::function<void()>& ready) {
    parts_->run(ready);
}

}  // namespace milter::daemon
