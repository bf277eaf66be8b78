#include "milter/mta/reply.h"

#include "calendar/base/printable.h"

namespace milter::mta {

namespace {

using policy::rules::CalendarAction;
using policy::rules::MailAction;

/// `outcome=` of one decision.
std::string_view outcome(const policy::rules::Decision& decision) {
    if (decision.deferred) return "queued";
    switch (decision.action.calendar) {
        case CalendarAction::apply:
            return "queued";
        case CalendarAction::hold:
            return "held";
        case CalendarAction::ignore:
            return "ignored";
    }
    return "error";
}

Reply::Verdict verdict(MailAction action) {
    switch (action) {
        case MailAction::deliver:
            return Reply::Verdict::deliver;
        case MailAction::quarantine:
            return Reply::Verdict::quarantine;
        case MailAction::reject:
            return Reply::Verdict::reject;
        case MailAction::discard:
            return Reply::Verdict::discard;
    }
    return Reply::Verdict::deliver;
}

/// A value that all decisions share; empty when they differ.
template <class Get>
std::string shared(const std::vector<judging::UserDecision>& decisions, Get get) {
    std::string value(get(decisions.front()));
    for (const auto& decided : decisions) {
        if (get(decided) != value) return {};
    }
    return value;
}

std::string common_outcome(const judging::Judgement& judgement) {
    if (judgement.refusal() != nullptr) return "refused";
    const auto common = shared(judgement.decisions, [](const judging::UserDecision& d) { return outcome(d.decision); });
    return common.empty() ? "mixed" : common;
}

std::string field(const judging::Judgement& judgement, std::string_view outcome, const std::string& authserv_id) {
    std::string text = calendar::base::printable(authserv_id);
    text.append("; outcome=").append(outcome);
    if (const auto* refusal = judgement.refusal()) return text.append("; reason=").append(word(refusal->reason));
    const auto& decisions = judgement.decisions;
    text.append("; method=").append(word(decisions.front().message->method));
    const auto uid = shared(decisions, [](const judging::UserDecision& d) { return d.message->uid; });
    if (!uid.empty()) text.append("; uid=").append(calendar::base::quoted(uid, 255));
    const auto rule = shared(decisions, [](const judging::UserDecision& d) { return d.decision.rule; });
    if (!rule.empty()) text.append("; rule=").append(calendar::base::quoted(rule));
    return text;
}

}  // namespace

Reply reply_to(const judging::Judgement& judgement, const daemon::Snapshot& snapshot) {
    Reply answer;
    if (!judgement.concerns_us) return answer;
    answer.outcome = common_outcome(judgement);
    answer.field = field(judgement, answer.outcome, snapshot.config.authserv_id);
    if (judgement.decisions.empty()) return answer;
    const auto action = judgement.mail();
    answer.verdict = verdict(action.mail);
    if (action.mail == MailAction::reject) answer.smtp = action.reply;
    if (action.mail == MailAction::quarantine)
        answer.quarantine_reason = "calendar policy: " + calendar::base::printable(action.tag, 80);
    return answer;
}

Reply reply_to_fault(const policy::config::Config& config) {
    Reply answer;
    if (config.tempfail_on_error) {
        answer.verdict = Reply::Verdict::tempfail;
    } else {
        answer.outcome = "error";
        answer.field = calendar::base::printable(config.authserv_id) + "; outcome=error";
    }
    return answer;
}

}  // namespace milter::mta
