#include "milter/imipctl/simulation/judged_mail.h"

#include <algorithm>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/text_value.h"

namespace milter::imipctl {

using authentication::Authentication;
using authentication::Signature;

namespace {

constexpr std::size_t longest_summary = 200;  // bytes that are kept of it

EventOutcome outcome_of(const judging::UserDecision& decided, const std::optional<Effect>& effect) {
    const auto& decision = decided.decision;
    if (effect) {
        if (effect->outcome.empty()) return EventOutcome::deferred;
        if (effect->outcome == "unchanged") return EventOutcome::unchanged;
        if (effect->outcome == "refused") return EventOutcome::refused;
        return effect->outcome == "held" ? EventOutcome::held : EventOutcome::applied;
    }
    if (decided.refused) return EventOutcome::refused;
    if (decision.deferred) return EventOutcome::deferred;
    switch (decision.action.calendar) {
        case policy::rules::CalendarAction::apply:
            return EventOutcome::applied;
        case policy::rules::CalendarAction::hold:
            return EventOutcome::held;
        case policy::rules::CalendarAction::ignore:
            return EventOutcome::ignored;
    }
    return EventOutcome::ignored;
}

std::string reason_of(const judging::UserDecision& decided, const std::optional<Effect>& effect) {
    if (decided.refused) return std::string(word(decided.refused->reason));
    const bool is_left = effect && (effect->outcome == "unchanged" || effect->outcome == "refused");
    return is_left ? effect->reason : std::string();
}

/// A text value in one line, not cut within a character.
std::string plain(std::string_view value) {
    std::string out;
    for (const char c : calendar::itip::unescaped(value)) {
        const bool starts_character = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        if (starts_character && out.size() >= longest_summary) break;
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

/// SUMMARY of the first component that has one; not that of an alarm.
std::string summary_of(const calendar::itip::ItipMessage& message) {
    calendar::itip::LineReader lines(message.content);
    std::string inside;
    while (lines.next()) {
        const auto property = calendar::itip::parse_content_line(lines.line());
        if (!property) continue;
        if (property->is("BEGIN")) inside = calendar::base::uppered(property->value);
        if (property->is("END")) inside = message.component;
        if (property->is("SUMMARY") && inside == message.component) return plain(property->value);
    }
    return {};
}

/// Why the sender is not proven, by the signature that came closest: an aligned one if there is one.
std::string why_not_proven(const Authentication& authentication) {
    if (!authentication.from) return "no usable From field";
    const auto& signatures = authentication.signatures;
    if (signatures.empty()) return "no signature";
    const auto aligned = std::find_if(signatures.begin(), signatures.end(),
                                      [](const Signature& signature) { return signature.aligned; });
    if (aligned == signatures.end()) return "no signature of the domain in From";
    return std::string(word(aligned->result)) + (aligned->reason.empty() ? "" : ": " + aligned->reason);
}

SenderProof sender_proof(const Authentication& authentication) {
    if (authentication.authenticated) return {true, authentication.by};
    return {false, why_not_proven(authentication)};
}

/// As its MIME header says; empty when that is not a method of iTIP.
std::string method_of_refused(const mail::Inspection& inspection) {
    for (const auto& part : inspection.parts) {
        const auto method = calendar::itip::method_of(part.method_parameter.value_or(""));
        if (method) return std::string(word(*method));
    }
    return {};
}

}  // namespace

JudgedMail undecided(EventOutcome outcome) {
    JudgedMail judged;
    judged.whole.outcome = outcome;
    return judged;
}

JudgedMail judged_mail(const judging::Judgement& judgement, const std::vector<std::optional<Effect>>& effects) {
    const auto* refusal = judgement.refusal();
    if (!judgement.concerns_us || (refusal == nullptr && judgement.decisions.empty()))
        return undecided(EventOutcome::no_calendar);
    JudgedMail judged;
    judged.proof = sender_proof(judgement.authentication);
    if (refusal != nullptr) {
        judged.whole.outcome = EventOutcome::refused;
        judged.whole.reason = word(refusal->reason);
        judged.method = method_of_refused(judgement.inspection);
        return judged;
    }
    const std::string mail(word(judgement.mail().mail));
    for (std::size_t i = 0; i < judgement.decisions.size(); ++i) {
        const auto& decided = judgement.decisions[i];
        const auto& decision = decided.decision;
        judged.decided.push_back({.user = decided.user.name.empty() ? decided.recipient.text() : decided.user.name,
                                  .uid = decided.message->uid,
                                  .method = std::string(word(decided.message->method)),
                                  .summary = summary_of(*decided.message),
                                  .fate = {.outcome = outcome_of(decided, effects.at(i)),
                                           .reason = reason_of(decided, effects.at(i)),
                                           .rule = decision.rule,
                                           .place = decision.place,
                                           .mail = mail}});
    }
    return judged;
}

}  // namespace milter::imipctl
