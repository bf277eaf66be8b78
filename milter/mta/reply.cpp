#include "milter/mta/reply.h"

#include "calendar/base/printable.h"

namespace milter {

namespace {

using policy::CalendarAction;
using policy::MailAction;

/// `outcome=` of one decision.
std::string_view outcome(const policy::Decision& decision) {
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

Answer::Verdict verdict(MailAction action) {
    switch (action) {
        case MailAction::deliver:
            return Answer::Verdict::deliver;
        case MailAction::quarantine:
            return Answer::Verdict::quarantine;
        case MailAction::reject:
            return Answer::Verdict::reject;
        case MailAction::discard:
            return Answer::Verdict::discard;
    }
    return Answer::Verdict::deliver;
}

/// A value that all decisions share; empty when they differ.
template <class Get>
std::string shared(const std::vector<UserDecision>& decisions, Get get) {
    std::string value(get(decisions.front()));
    for (const auto& decided : decisions) {
        if (get(decided) != value) return {};
    }
    return value;
}

std::string common_outcome(const Judgement& judgement) {
    if (judgement.refusal() != nullptr) return "refused";
    const auto common = shared(judgement.decisions, [](const UserDecision& d) { return outcome(d.decision); });
    return common.empty() ? "mixed" : common;
}

std::string field(const Judgement& judgement, std::string_view outcome, const std::string& authserv_id) {
    std::string text = printable(authserv_id);
    text.append("; outcome=").append(outcome);
    if (const auto* refusal = judgement.refusal()) return text.append("; reason=").append(word(refusal->reason));
    const auto& decisions = judgement.decisions;
    text.append("; method=").append(word(decisions.front().message.method));
    const auto uid = shared(decisions, [](const UserDecision& d) { return d.message.uid; });
    if (!uid.empty()) text.append("; uid=").append(milter::quoted(uid, 255));
    const auto rule = shared(decisions, [](const UserDecision& d) { return d.decision.rule; });
    if (!rule.empty()) text.append("; rule=").append(milter::quoted(rule));
    return text;
}

/// "550 5.7.1 text" -> its parts. The configuration reader has checked the form.
void set_reply(Answer& answer, const std::string& reply) {
    const std::string text = reply.empty() ? "550 5.7.1 Calendar message refused by policy" : reply;
    const auto first = text.find(' ');
    const auto second = text.find(' ', first + 1);
    answer.reply_code = text.substr(0, first);
    answer.reply_status = text.substr(first + 1, second - first - 1);
    answer.reply_text = text.substr(second + 1);
}

}  // namespace

Answer answer_to(const Judgement& judgement, const Snapshot& snapshot) {
    Answer answer;
    if (!judgement.concerns_us) return answer;
    answer.outcome = common_outcome(judgement);
    answer.field = field(judgement, answer.outcome, snapshot.config.authserv_id);
    if (judgement.decisions.empty()) return answer;
    const auto action = judgement.mail();
    answer.verdict = verdict(action.mail);
    if (action.mail == MailAction::reject) set_reply(answer, action.reply);
    if (action.mail == MailAction::quarantine)
        answer.quarantine_reason = "calendar policy: " + printable(action.tag, 80);
    return answer;
}

Answer answer_to_fault(const policy::config::Config& config) {
    Answer answer;
    if (config.tempfail_on_error) {
        answer.verdict = Answer::Verdict::tempfail;
    } else {
        answer.outcome = "error";
        answer.field = printable(config.authserv_id) + "; outcome=error";
    }
    return answer;
}

}  // namespace milter
