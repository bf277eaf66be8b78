#include "milter/imipctl/explanation.h"

#include <fmt/format.h>

#include "calendar/base/printable.h"

namespace milter::imipctl {

using calendar::base::printable;

namespace {

constexpr std::size_t shown = 255;  // bytes of a UID and of the value of a fact
constexpr std::size_t longest_detail = 1000;

std::string_view match(policy::rules::Truth matched) {
    switch (matched) {
        case policy::rules::Truth::no:
            return "does not match";
        case policy::rules::Truth::yes:
            return "matches";
        case policy::rules::Truth::unknown:
            return "cannot be evaluated yet";
    }
    return "";
}

std::string sentence(const calendar::itip::Refusal& refusal) {
    return fmt::format("refused: {} ({}) {}", word(refusal.reason), sentence(refusal.reason),
                       printable(refusal.detail, longest_detail));
}

std::string verdict(const policy::rules::Decision& decision) {
    if (decision.deferred) return fmt::format("deferred until it is known: {}", printable(decision.because));
    return fmt::format("calendar: {}, message: {}, by rule \"{}\" ({})", word(decision.action.calendar),
                       word(decision.action.mail), printable(decision.rule), printable(decision.place));
}

}  // namespace

std::string explain(const authentication::Authentication& authentication) {
    std::string text = authentication.from
                           ? fmt::format("From: {}\n", printable(authentication.from->text()))
                           : fmt::format("From: not usable ({})\n", printable(authentication.from_error));
    for (const auto& signature : authentication.signatures) {
        text += fmt::format("DKIM signature of {} (selector {}, {}): {}{}{}\n", printable(signature.domain),
                            printable(signature.selector), printable(signature.algorithm), word(signature.result),
                            signature.reason.empty() ? "" : ", " + printable(signature.reason),
                            signature.aligned ? "; aligned with From" : "; not aligned with From");
    }
    if (authentication.signatures.empty() && authentication.by.empty()) text += "no DKIM signature was verified\n";
    if (!authentication.ignored_results.empty()) text += printable(authentication.ignored_results) + '\n';
    text += authentication.authenticated ? fmt::format("sender authenticated by {}\n", authentication.by)
            : authentication.temporary ? "sender not authenticated: DNS lookup of a DKIM key failed; try again later\n"
                                       : "sender not authenticated\n";
    return text;
}

std::string explain(const mail::Inspection& inspection) {
    std::string text;
    for (const auto& part : inspection.parts) {
        text += fmt::format("part {} ({}): ", part.path, printable(part.content_type));
        if (part.error)
            text += sentence(*part.error);
        else if (part.duplicate_of)
            text += "same content as part " + *part.duplicate_of;
        else
            for (const auto& message : part.messages)
                text += fmt::format("{}{} {}", &message == part.messages.data() ? "" : ", ", word(message.method),
                                    printable(message.uid, shown));
        text += '\n';
    }
    if (inspection.error) text += sentence(*inspection.error) + '\n';
    return text;
}

std::string explain(const judging::UserDecision& decided) {
    std::string text = fmt::format("{} (user {}): {}\n", printable(decided.recipient.text()),
                                   printable(decided.user.name), verdict(decided.decision));
    text += fmt::format("  {} {}, part {}\n", word(decided.message->method), printable(decided.message->uid, shown),
                        decided.part);
    if (decided.speaker)
        text += fmt::format("  {}{}\n", printable(sentence(*decided.speaker), longest_detail),
                            decided.speaker->unknown.empty() ? "" : ", not proven yet: " + decided.speaker->unknown);
    if (decided.refused) text += "  " + sentence(*decided.refused) + '\n';
    for (const auto& rule : decided.decision.trace)
        text += fmt::format("  rule \"{}\" ({}) {}: {}\n", printable(rule.name), printable(rule.place),
                            match(rule.matched), printable(rule.because));
    return text;
}

std::string explain_facts(const judging::UserDecision& decided) {
    std::string text;
    for (const auto& [fact, value] : decided.facts.items())
        text += fmt::format("  {}: {}\n", fact,
                            printable(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), shown));
    return text;
}

}  // namespace milter::imipctl
