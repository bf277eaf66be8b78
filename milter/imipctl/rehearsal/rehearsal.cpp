#include "milter/imipctl/rehearsal/rehearsal.h"

#include <chrono>

#include "calendar/delivery/batch.h"
#include "calendar/delivery/queue.h"
#include "calendar/delivery/state/rows.h"
#include "milter/judging/queue/jobs.h"

namespace milter::imipctl {

using calendar::base::Deadline;
using calendar::base::Result;
using calendar::delivery::Job;
using calendar::delivery::JobResult;

namespace {

calendar::delivery::Time now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// What a batch of decided jobs for known users asks.
class Host final : public calendar::delivery::CourierHost {
  public:
    Host(const daemon::Snapshot& snapshot, sandbox::CellPool& cells) : snapshot_(snapshot), cells_(cells) {}

    std::shared_ptr<calendar::connectors::Connector> connector(const std::string& backend) override {
        const auto found = snapshot_.connectors.find(backend);
        return found == snapshot_.connectors.end() ? nullptr : found->second;
    }
    Result<calendar::itip::Outcome> apply(const calendar::itip::ApplyInput& input) override {
        return cells_.apply(input, Deadline::max());
    }
    Result<calendar::delivery::Successors> find_users(const Job&, Deadline) override {
        return calendar::delivery::Successors{};
    }
    Result<Reading> read(const Job&, Deadline) override { return Reading{}; }
    calendar::delivery::DeferredDecision decide(const Job&, const std::optional<calendar::connectors::Stored>&,
                                                Deadline) override {
        return {};
    }
    calendar::delivery::RetrySchedule schedule() override { return snapshot_.config.retry; }
    std::size_t held_limit() override { return snapshot_.config.limits.held; }
    calendar::delivery::Time now() override { return imipctl::now(); }
    void report(const calendar::delivery::AuditRow&) override {}
    void report_target(const calendar::delivery::Target&, const std::optional<calendar::base::Temporary>&) override {}
    void report_failure(const std::string&) override {}

  private:
    const daemon::Snapshot& snapshot_;
    sandbox::CellPool& cells_;
};

Effect effect_of(const JobResult& result) {
    const auto& row = result.audit;
    switch (result.state) {
        case JobResult::State::done:
        case JobResult::State::left:
        case JobResult::State::given_up:
            return {row.outcome, row.reason, row.detail};
        case JobResult::State::held:
            return {"held", row.reason, row.detail};
        case JobResult::State::waiting:
            break;
    }
    return {{}, {}, row.detail};
}

}  // namespace

calendar::delivery::MarkMap& Rehearsal::marks_of(const calendar::delivery::Event& event) {
    const auto known = marks_.find(event);
    if (known != marks_.end()) return known->second;
    std::vector<calendar::itip::ReplyMark> stored;
    if (state_ != nullptr)
        stored = state_->read([&](calendar::delivery::Database& reader) {
            return calendar::delivery::read_marks(reader, event, std::nullopt);
        });
    return marks_.emplace(event, calendar::delivery::by_key(stored)).first->second;
}

Effect Rehearsal::perform(const Job& job) {
    if (!done_.insert(job.id).second) return {"unchanged", "duplicate", "the same message came before"};
    auto& marks = marks_of(calendar::delivery::event_of(job));
    std::vector<calendar::itip::ReplyMark> before;
    for (const auto& [key, mark] : marks)
        before.push_back(mark);
    Host host(snapshot_, cells_);
    calendar::delivery::Batch batch(host, before);
    const std::vector<calendar::delivery::QueuedJob> jobs{{job}};
    batch.run(jobs);
    const auto changes = batch.mark_changes();
    for (const auto& mark : changes.forget)
        marks.erase({mark.attendee, mark.recurrence_id});
    for (const auto& mark : changes.keep)
        marks.insert_or_assign({mark.attendee, mark.recurrence_id}, mark);
    auto effect = effect_of(batch.results().at(0));
    if (effect.outcome.empty()) done_.erase(job.id);
    return effect;
}

std::vector<OwnEffect> Rehearsal::perform_own_replies(const judging::Judgement& judgement,
                                                      const mail::Envelope& envelope) {
    std::vector<OwnEffect> effects;
    for (auto& reply : judging::own_replies(judgement, snapshot_, envelope, now())) {
        auto& own = effects.emplace_back();
        if (state_ != nullptr) {
            const calendar::delivery::Queue queue(*state_);
            const bool releases = reply.kind == judging::OwnReply::Kind::accepts;
            for (auto& held : judging::held_for(queue, reply)) {
                try {
                    if (const auto job = releases ? queue.held_job(held.id) : std::nullopt)
                        perform(calendar::delivery::released(*job));
                    own.held.push_back(std::move(held));
                } catch (const std::runtime_error&) {
                    own.unreadable.push_back(std::move(held));
                }
            }
        }
        own.effect = perform(reply.job);
        own.reply = std::move(reply);
    }
    return effects;
}

std::vector<std::optional<Effect>> Rehearsal::perform(const judging::Judgement& judgement,
                                                      const mail::Envelope& envelope) {
    std::vector<std::optional<Effect>> effects;
    for (const auto& decided : judgement.decisions) {
        auto& effect = effects.emplace_back();
        if (judging::outcome(decided) != "queued") continue;
        auto job = judging::job_of(decided, judgement, snapshot_, envelope, now());
        job.input.message = decided.message->content;
        effect = perform(job);
    }
    return effects;
}

}  // namespace milter::imipctl
