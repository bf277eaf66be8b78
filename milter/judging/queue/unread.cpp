#include "milter/judging/queue/unread.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "milter/judging/queue/kept_message.h"

namespace milter::judging {

using calendar::delivery::Job;

namespace {

constexpr std::size_t named_recipients = 5;

std::string named(const std::vector<std::string>& recipients) {
    const auto count = std::min(recipients.size(), named_recipients);
    auto text = fmt::format("{}", fmt::join(recipients.begin(), recipients.begin() + static_cast<long>(count), ", "));
    if (recipients.size() > count) text += fmt::format(" and {} more", recipients.size() - count);
    return text;
}

/// With what envelope_of() reads.
Job job_of(const mail::Mail& mail, const std::string& kept, calendar::delivery::Time now) {
    const auto& envelope = mail.envelope;
    Job job;
    job.id = calendar::delivery::identity(kept, envelope.recipients);
    job.created = now;
    job.queue_id = envelope.queue_id;
    job.address = named(envelope.recipients);
    job.decided = false;
    job.mail = kept;
    job.facts = nlohmann::json{{"recipients", envelope.recipients},
                               {"from", envelope.from},
                               {"auth_login", envelope.auth_login},
                               {"client_ip", envelope.client_ip}};
    if (const auto& from = mail.header.from()) job.input.sender = *from;  // the senders take turns
    return job;
}

}  // namespace

MailJobs jobs_of_unread(const mail::Mail& mail, calendar::delivery::Time now, const std::string& why) {
    auto kept = kept_message(mail.bytes);
    const auto job = job_of(mail, kept.id, now);
    auto row = audit_row(job, "deferred", now);
    row.detail = fmt::format("the message for {} is read later: {}", job.address, why);
    return {.jobs = {job}, .audit = {std::move(row)}, .kept = {std::move(kept)}, .full = {}};
}

mail::Envelope envelope_of(const Job& job) {
    const auto text = [&](const char* key) { return job.facts->value(key, std::string()); };
    return {.queue_id = job.queue_id,
            .client_ip = text("client_ip"),
            .auth_login = text("auth_login"),
            .from = text("from"),
            .recipients = job.facts->at("recipients").get<std::vector<std::string>>()};
}

std::string detail_of_late(const Judgement& judgement) {
    if (!judgement.concerns_us) return "the message was read; nothing in it is for the calendar of a local user";
    const auto action = judgement.mail().mail;
    if (action == policy::rules::MailAction::deliver) return "the message was read";
    return fmt::format("the message was read; by the rules '{}', but it is delivered already", word(action));
}

}  // namespace milter::judging
