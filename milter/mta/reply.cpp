#include "milter/mta/reply.h"

#include "calendar/base/printable.h"

namespace milter::mta {

namespace {

using policy::rules::MailAction;

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
    const auto common = shared(judgement.decisions, judging::outcome);
    return common.empty() ? "mixed" : common;
}

/// Why the calendars are left alone, when there is one reason for all.
std::string common_reason(const judging::Judgement& judgement) {
    if (const auto* refusal = judgement.refusal()) return std::string(word(refusal->reason));
    return shared(judgement.decisions,
                  [](const judging::UserDecision& d) { return d.refused ? word(d.refused->reason) : ""; });
}

std::string field(const judging::Judgement& judgement, std::string_view outcome, const std::string& authserv_id) {
    std::string text = calendar::base::printable(authserv_id);
    text.append("; outcome=").append(outcome);
    const auto& decisions = judgement.decisions;
    if (!decisions.empty()) {
        text.append("; method=").append(word(decisions.front().message->method));
        const auto uid = shared(decisions, [](const judging::UserDecision& d) { return d.message->uid; });
        if (!uid.empty()) text.append("; uid=").append(calendar::base::quoted(uid, 255));
        // Everybody who gets the message reads this: what was decided for one recipient is not for another to see.
        const auto rule = shared(decisions, [](const judging::UserDecision& d) { return d.decision.rule; });
        if (!rule.empty() && judgement.recipients == 1) text.append("; rule=").append(calendar::base::quoted(rule));
    }
    const auto reason = common_reason(judgement);
    if (!reason.empty()) text.append("; reason=").append(reason);
    return text;
}

/// Nothing more is known of the message.
Reply delivered_as(std::string_view outcome, const policy::config::Config& config) {
    Reply answer;
    answer.outcome = outcome;
    answer.field = calendar::base::printable(config.authserv_id) + "; outcome=" + answer.outcome;
    return answer;
}

}  // namespace

std::string folded(std::string_view field) {
    constexpr std::size_t longest_line = 78;
    const auto is_space = [field](std::size_t i) { return i >= field.size() || field[i] == ' '; };
    std::string text;
    std::size_t line = processing_field.size() + std::string_view(": ").size();
    for (std::size_t from = 0, to = 0; from < field.size(); from = to) {
        // Beside another space it would leave a line without text, or with a space at its end.
        for (++to; to < field.size() && !(is_space(to) && !is_space(to - 1) && !is_space(to + 1)); ++to) {
        }
        if (from > 0 && line + (to - from) > longest_line) {
            text += '\n';
            line = 0;
        }
        text.append(field, from, to - from);
        line += to - from;
    }
    return text;
}

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

Reply reply_to_unread(const policy::config::Config& config) {
    return delivered_as("pending", config);
}

Reply refused_with(policy::rules::SmtpReply smtp) {
    Reply answer;
    answer.verdict = Reply::Verdict::reject;
    answer.smtp = std::move(smtp);
    return answer;
}

Reply reply_to_fault(const policy::config::Config& config) {
    if (!config.tempfail_on_error) return delivered_as("error", config);
    Reply answer;
    answer.verdict = Reply::Verdict::tempfail;
    return answer;
}

}  // namespace milter::mta
