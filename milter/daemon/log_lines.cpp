#include "milter/daemon/log_lines.h"

#include <string>
#include <string_view>

#include "milter/daemon/log.h"

namespace milter::daemon {

using Level = policy::config::Log::Level;

void log_judgement(const mail::Envelope& envelope, const judging::Judgement& judgement, const mta::Reply& answer) {
    const auto& decisions = judgement.decisions;
    const auto from = judgement.authentication.from ? judgement.authentication.from->text() : std::string();
    const auto* refusal = judgement.refusal();
    const auto* first = decisions.empty() ? nullptr : &decisions.front();
    log(Level::info, envelope.queue_id, "judged",
        {{"from", from},
         {"by", judgement.authentication.by},
         {"outcome", answer.outcome},
         {"method", first == nullptr ? "" : word(first->message->method)},
         {"uid", first == nullptr ? "" : std::string_view(first->message->uid)},
         {"rule", first == nullptr ? "" : std::string_view(first->decision.rule)},
         {"reason", refusal == nullptr ? "" : word(refusal->reason)},
         {"detail", refusal == nullptr ? "" : std::string_view(refusal->detail)}});
}

void log_job(const calendar::delivery::JobReport& report) {
    const auto& row = report.row;
    const auto attempts = std::to_string(report.attempts);
    log(row.event == "given_up" ? Level::warning : Level::info, row.queue_id, row.event,
        {{"user", row.user},
         {"method", row.method},
         {"uid", row.uid},
         {"outcome", row.outcome},
         {"reason", row.reason},
         {"rule", row.rule},
         {"attempts", attempts},
         {"detail", row.detail}});
}

}  // namespace milter::daemon
