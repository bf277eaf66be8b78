#include "milter/daemon/log_lines.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "milter/daemon/log.h"

namespace milter::daemon {

using Level = policy::config::Log::Level;

namespace {

std::string_view message_id(const mail::Header& header) {
    const auto field = std::ranges::find_if(header.fields(), [](const mail::Field& f) { return f.is("Message-ID"); });
    return field == header.fields().end() ? std::string_view() : field->text();
}

}  // namespace

void log_judgement(const mail::Mail& mail, const judging::Judgement& judgement) {
    const auto& queue_id = mail.envelope.queue_id;
    const auto& proof = judgement.authentication;
    const auto from = proof.from ? proof.from->text() : std::string();
    const auto id = message_id(mail.header);
    if (const auto* refusal = judgement.refusal())
        log(Level::info, queue_id, "judged",
            {{"message_id", id},
             {"sender", mail.header.from() ? mail.header.from()->text() : ""},
             {"outcome", "refused"},
             {"reason", word(refusal->reason)},
             {"detail", refusal->detail}});
    const std::string none;
    const auto domain = proof.authenticated ? authentication::proven_domain(proof) : std::string();
    const auto unproven = proof.authenticated ? std::string_view() : authentication::unproven_word(proof);
    for (const auto& decided : judgement.decisions) {
        const auto& refused = decided.refused;
        const auto& detail = refused ? refused->detail : decided.decision.deferred ? decided.decision.because : none;
        const bool spoken = decided.speaker && decided.speaker->unknown.empty();
        log(Level::info, queue_id, "judged",
            {{"recipient", decided.recipient.text()},
             {"message_id", id},
             {"sender", from},
             {"by", proof.by},
             {"domain", domain},
             {"unproven", unproven},
             {"speaker", spoken ? decided.speaker->by.text() : ""},
             {"speaks_for", spoken ? decided.speaker->party.text() : ""},
             {"results", proof.ignored_results},
             {"method", word(decided.message->method)},
             {"uid", decided.message->uid},
             {"rule", decided.decision.rule},
             {"outcome", outcome(decided)},
             {"reason", refused ? word(refused->reason) : ""},
             {"detail", detail}});
    }
    if (judgement.mail_is_overruled())
        log(Level::info, queue_id, "delivered",
            {{"message_id", id},
             {"detail", "a rule quarantines, rejects or discards the message, but not for every recipient"}});
}

void log_unread(const mail::Mail& mail, const calendar::delivery::AuditRow& row) {
    log(Level::warning, mail.envelope.queue_id, "busy",
        {{"message_id", message_id(mail.header)},
         {"sender", mail.header.from() ? mail.header.from()->text() : ""},
         {"outcome", "pending"},
         {"detail", row.detail}});
}

void log_job(const calendar::delivery::AuditRow& row) {
    log(row.event == "given_up" ? Level::warning : Level::info, row.queue_id, row.event,
        {{"user", row.user},
         {"method", row.method},
         {"uid", row.uid},
         {"outcome", row.outcome},
         {"reason", row.reason},
         {"rule", row.rule},
         {"attempts", row.attempt},
         {"detail", row.detail}});
}

void log_target(const calendar::delivery::Target& target, const std::optional<calendar::base::Temporary>& failure) {
    log(failure ? Level::warning : Level::info, {}, failure ? "failing" : "works-again",
        {{"backend", target.backend}, {"user", target.user}, {"detail", failure ? failure->detail : std::string()}});
}

}  // namespace milter::daemon
