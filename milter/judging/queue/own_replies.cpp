#include "milter/judging/queue/own_replies.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "milter/daemon/log.h"

namespace milter::judging {

using calendar::delivery::Job;
using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::Method;
using Kind = OwnReply::Kind;

namespace {

constexpr std::array<std::string_view, 4> accepting{"ACCEPTED", "TENTATIVE", "IN-PROCESS", "COMPLETED"};

/// None: it is not a reply of this user's.
std::optional<Kind> kind_of(const ItipMessage& message, const policy::users::User& user) {
    const auto& organizer = message.organizer();
    if (message.method != Method::reply || (organizer && contains(user.addresses, organizer->address)))
        return std::nullopt;
    std::optional<Kind> kind;
    for (const auto& object : message.objects)
        for (const auto& attendee : object.attendees) {
            if (!contains(user.addresses, attendee.address) || attendee.partstat == "NEEDS-ACTION") continue;
            if (std::ranges::find(accepting, attendee.partstat) != accepting.end()) return Kind::accepts;
            const bool declines = attendee.partstat == "DECLINED" && !object.recurrence_id;
            kind = declines || kind == Kind::declines ? Kind::declines : Kind::other;
        }
    return kind;
}

Job job_of(const ItipMessage& message, const policy::users::User& user, const daemon::Snapshot& snapshot,
           const mail::Envelope& envelope, calendar::delivery::Time now) {
    const auto& own = user.addresses.front();
    Job job;
    job.id = calendar::delivery::identity(user.name, message, own, {own, user.addresses});
    job.created = now;
    job.queue_id = envelope.queue_id;
    job.user = user.name;
    job.address = user.owner().address;
    job.backend = snapshot.backend_of(user);
    job.uid = message.uid;
    job.method = message.method;
    job.rule = "own reply";
    if (const auto& organizer = message.organizer()) job.organizer = organizer->address;
    for (const auto& address : user.addresses)
        job.answering.push_back(address.text());
    job.input.message = message.content;
    job.input.dropped = message.dropped;
    job.input.recipient = user.addresses;
    job.input.sender = own;
    job.input.own_reply = true;
    job.input.home = user.timezone;
    job.input.options = snapshot.config.itip;
    // Who was invited through a list stands in no invitation.
    job.input.options.party_crashers = calendar::itip::Options::PartyCrashers::add;
    return job;
}

bool is_invitation(const calendar::delivery::JobSummary& held) {
    return held.method == word(Method::request) || held.method == word(Method::add);
}

/// What an earlier version kept, and what cannot be read, is taken for the sender's: nobody else's is theirs by that.
std::optional<Address> organizer_of(const calendar::delivery::JobSummary& held,
                                    const calendar::delivery::Queue& queue) {
    try {
        if (const auto job = queue.held_job(held.id); job && job->organizer) return job->organizer;
    } catch (const std::runtime_error&) {  // settle_held() reports it
    }
    return Address::parse(held.sender);
}

}  // namespace

std::vector<OwnReply> own_replies(const Judgement& judgement, const daemon::Snapshot& snapshot,
                                  const mail::Envelope& envelope, calendar::delivery::Time now) {
    std::vector<OwnReply> replies;
    const auto* part = judgement.inspection.usable();
    if (!judgement.submitter || part == nullptr) return replies;
    for (const auto& message : part->messages) {
        const auto kind = kind_of(message, *judgement.submitter);
        if (!kind) continue;
        auto job = job_of(message, *judgement.submitter, snapshot, envelope, now);
        auto row = audit_row(job, "decided", now);
        row.outcome = "apply";
        row.detail = "a reply that the user sent; their own copy takes it";
        replies.push_back({.job = std::move(job), .audit = std::move(row), .kind = *kind});
    }
    return replies;
}

std::vector<calendar::delivery::JobSummary> held_for(const calendar::delivery::Queue& queue, const OwnReply& reply) {
    if (reply.kind == Kind::other) return {};
    auto answered = reply.job.organizer;
    auto held = queue.held(event_of(reply.job), answered ? answered->text() : std::string());
    std::erase_if(held, [](const auto& each) { return !is_invitation(each); });
    if (held.empty()) return held;
    const auto is_of_another = [&](const auto& each) { return organizer_of(each, queue) != answered; };
    if (answered) {
        std::erase_if(held, is_of_another);
        return held;
    }
    answered = organizer_of(held.front(), queue);
    if (std::ranges::any_of(held, is_of_another)) held.clear();
    return held;
}

void settle_held(calendar::delivery::Queue& queue, const std::vector<OwnReply>& replies, calendar::delivery::Time now) {
    for (const auto& reply : replies) {
        for (const auto& held : held_for(queue, reply)) {
            const bool releases = reply.kind == Kind::accepts;
            auto row = audit_row(held, releases ? "released" : "dismissed", now);
            row.detail =
                fmt::format("{} {} by mail {}", reply.job.user, releases ? "accepted" : "declined", reply.job.queue_id);
            try {
                if (!releases)
                    queue.dismiss(held.id, row, now);
                else if (const auto job = queue.held_job(held.id))
                    queue.release(calendar::delivery::released(*job), row, now);
            } catch (const std::runtime_error& error) {
                daemon::log(policy::config::Log::Level::warning, reply.job.queue_id, "not-released",
                            {{"job", held.id}, {"detail", error.what()}});
            }
        }
    }
}

}  // namespace milter::judging
