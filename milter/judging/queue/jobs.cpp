#include "milter/judging/queue/jobs.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/base/sha256.h"
#include "calendar/delivery/queue.h"
#include "calendar/delivery/state/payload.h"
#include "milter/judging/apply_input.h"
#include "milter/judging/membership.h"
#include "milter/judging/queue/deferred.h"
#include "milter/judging/queue/kept_message.h"

namespace milter::judging {

using calendar::delivery::AuditRow;
using calendar::delivery::Job;
using calendar::delivery::Kept;
using calendar::delivery::Time;

namespace {

/// Who speaks, proven or not: the rules say whether it had to be proven, the engine whether they are allowed to speak
/// at all. With a decision that comes later it is whoever may be proven then.
std::optional<calendar::itip::Address> sender_of(const UserDecision& decided, const Judgement& judgement) {
    const auto& speaker = decided.speaker;
    const bool is_party = speaker && (speaker->unknown.empty() || decided.decision.deferred);
    return is_party ? std::optional(speaker->party) : judgement.authentication.from;
}

/// A signature that could not be looked at may decide.
bool needs_mail(const UserDecision& decided, const Judgement& judgement) {
    const bool is_pending =
        judgement.authentication.temporary || (decided.speaker && !decided.speaker->unknown.empty());
    return decided.decision.deferred && is_pending;
}

/// The attendees for whom a REPLY of this sender can be: those who it says the sender is or sends for, else any of it.
std::vector<std::string> answering(const calendar::itip::ItipMessage& message,
                                   const std::optional<calendar::itip::Address>& from) {
    if (message.method != calendar::itip::Method::reply) return {};
    std::set<std::string> own, all;
    for (const auto& object : message.objects)
        for (const auto& attendee : object.attendees) {
            all.insert(attendee.address.text());
            if (attendee.address == from || attendee.sent_by == from) own.insert(attendee.address.text());
        }
    const auto& chosen = own.empty() ? all : own;
    return {chosen.begin(), chosen.end()};
}

bool needs_job(const UserDecision& decided) {
    const bool changes = decided.decision.action.calendar != policy::rules::CalendarAction::ignore && !decided.refused;
    return decided.decision.deferred || changes;
}

/// The iTIP messages of a mail. One that several jobs need is kept once for all of them; the job that is alone has its
/// own.
class Contents {
  public:
    explicit Contents(const std::vector<UserDecision>& decisions) {
        for (const auto& decided : decisions) {
            if (!needs_job(decided)) continue;
            auto& content = contents_[decided.message->content];
            ++content.jobs;
            content.is_deferred = content.is_deferred || decided.decision.deferred;
        }
    }

    void give_to(Job& job, const UserDecision& decided) {
        auto& content = contents_.at(decided.message->content);
        const auto facts = [&] { return saved_message(*decided.message); };
        if (content.jobs == 1) {
            job.input.message = decided.message->content;
            if (!decided.decision.deferred) return;
            auto with_message = *job.facts;
            with_message["message"] = facts();
            job.facts = std::move(with_message);
            return;
        }
        if (content.kept.id.empty()) {
            content.kept.text = calendar::delivery::common_content(decided.message->content,
                                                                   content.is_deferred ? facts() : nlohmann::json());
            content.kept.id = calendar::base::sha256(content.kept.text);
        }
        job.content = content.kept.id;
    }

    void move_kept_to(std::vector<calendar::delivery::KeptMessage>& kept) {
        for (auto& [text, content] : contents_)
            if (!content.kept.id.empty()) kept.push_back(std::move(content.kept));
    }

  private:
    struct Content {
        std::size_t jobs = 0;
        bool is_deferred = false;
        calendar::delivery::KeptMessage kept{};
    };
    std::map<std::string_view, Content> contents_;
};

/// One row a recipient, however many events of the message are ignored.
class IgnoredRows {
  public:
    void add(const AuditRow& row, const UserDecision& decided, std::vector<AuditRow>& audit) {
        const auto whose = decided.user.name.empty() ? decided.recipient.text() : decided.user.name;
        const auto [place, is_new] = rows_.try_emplace(whose, Row{audit.size()});
        if (is_new)
            audit.push_back(row);
        else
            ++place->second.more;
    }
    void say_how_many(std::vector<AuditRow>& audit) const {
        for (const auto& [whose, row] : rows_)
            if (row.more > 0) audit[row.place].detail += fmt::format("; so are {} more events", row.more);
    }

  private:
    struct Row {
        std::size_t place = 0, more = 0;
    };
    std::map<std::string, Row> rows_;
};

bool is_of(const UserDecision& decided, Kept kind) {
    return decided.decision.deferred
               ? kind == Kept::undecided
               : kind == Kept::held && decided.decision.action.calendar == policy::rules::CalendarAction::hold;
}
bool is_of(const Job& job, Kept kind) {
    return job.decided ? kind == Kept::held && job.held : kind == Kept::undecided;
}

}  // namespace

Job job_of(const UserDecision& decided, const Judgement& judgement, const daemon::Snapshot& snapshot,
           const mail::Envelope& envelope, Time now) {
    const auto& user = decided.user;
    const auto& message = *decided.message;
    const auto& decision = decided.decision;
    const bool user_known = !user.name.empty();
    const auto reached = reached_at(user, decided.recipient, message);
    Job job;
    job.id = calendar::delivery::identity(user_known ? user.name : "\n" + decided.recipient.text(), message,
                                          judgement.authentication.from, {reached, user.addresses});
    job.created = now;
    job.queue_id = envelope.queue_id;
    job.user = user.name;
    job.address = user.owner().address;  // not the one written to: its extension is the sender's choice
    if (user_known) job.backend = snapshot.backend_of(user);
    job.uid = message.uid;
    job.method = message.method;
    job.decided = !decision.deferred;
    job.held = job.decided && decision.action.calendar == policy::rules::CalendarAction::hold;
    job.rule = decision.rule;
    job.place = decision.place;
    job.facts = decided.saved;
    if (const auto& organizer = message.organizer()) job.organizer = organizer->address;
    job.answering = answering(message, sender_of(decided, judgement));
    job.input = apply_input(decision, user, reached, sender_of(decided, judgement), snapshot.config);
    job.input.dropped = message.dropped;
    return job;
}

std::size_t bytes_of(const MailJobs& jobs, Kept kind) {
    std::size_t bytes = 0;
    std::set<std::string_view> needed;
    for (const auto& job : jobs.jobs) {
        if (!is_of(job, kind)) continue;
        bytes += calendar::delivery::Queue::bytes_of(job);
        needed.insert({job.content, job.mail});
    }
    for (const auto& kept : jobs.kept)
        if (needed.contains(kept.id)) bytes += kept.text.size();
    return bytes;
}

namespace {

void ignore(policy::rules::Decision& decision, std::string why) {
    decision.deferred = false;
    decision.action = {};
    decision.because = std::move(why);
}

}  // namespace

MailJobs jobs_of(const Judgement& judgement, const daemon::Snapshot& snapshot, const mail::Envelope& envelope, Time now,
                 std::string_view bytes) {
    MailJobs jobs;
    AuditRow row;
    row.time = now;
    row.queue_id = envelope.queue_id;
    row.event = "decided";
    if (const auto* refusal = judgement.refusal()) {
        row.outcome = "refused";
        row.reason = word(refusal->reason);
        row.detail = refusal->detail;
        jobs.audit.push_back(row);
    }
    Contents contents(judgement.decisions);
    IgnoredRows ignored;
    for (const auto& decided : judgement.decisions) {
        const auto& decision = decided.decision;
        row.user = decided.user.name;
        row.uid = decided.message->uid;
        row.method = word(decided.message->method);
        row.event = decision.deferred ? "deferred" : "decided";
        row.outcome = decision.deferred ? "" : decided.refused ? "refused" : word(decision.action.calendar);
        row.reason = decided.refused ? word(decided.refused->reason) : "";
        row.rule = decision.rule;
        row.place = decision.place;
        row.detail = decided.refused ? decided.refused->detail : decision.because;
        row.job.clear();
        if (!needs_job(decided)) {
            ignored.add(row, decided, jobs.audit);
            continue;
        }
        auto job = job_of(decided, judgement, snapshot, envelope, now);
        contents.give_to(job, decided);
        if (needs_mail(decided, judgement) && !bytes.empty()) {
            if (jobs.kept.empty()) jobs.kept.push_back(kept_message(bytes));
            job.mail = jobs.kept.front().id;
        }
        row.job = job.id;
        jobs.jobs.push_back(std::move(job));
        jobs.audit.push_back(row);
    }
    ignored.say_how_many(jobs.audit);
    contents.move_kept_to(jobs.kept);
    return jobs;
}

MailJobs jobs_with_room(Judgement& judgement, const daemon::Snapshot& snapshot, const mail::Mail& mail, Time now,
                        const Reserve& reserve) {
    auto jobs = jobs_of(judgement, snapshot, mail.envelope, now, mail.bytes);
    std::vector<Kept> full;
    for (const auto kind : {Kept::undecided, Kept::held}) {
        const auto bytes = bytes_of(jobs, kind);
        const auto first = std::ranges::find_if(jobs.jobs, [kind](const Job& job) { return is_of(job, kind); });
        if (bytes == 0 || reserve(kind, bytes, turn_of(*first))) continue;
        full.push_back(kind);
        for (auto& decided : judgement.decisions)
            if (needs_job(decided) && is_of(decided, kind)) ignore(decided.decision, full_detail(kind));
    }
    if (!full.empty()) jobs = jobs_of(judgement, snapshot, mail.envelope, now, mail.bytes);
    jobs.full = std::move(full);
    return jobs;
}

}  // namespace milter::judging
