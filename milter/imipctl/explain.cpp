#include "milter/imipctl/explain.h"

#include <fmt/format.h>

#include "calendar/base/printable.h"

namespace milter::imipctl {

namespace {

std::string_view truth(policy::rules::Truth matched) {
    switch (matched) {
        case policy::rules::Truth::no:
            return "does not match";
        case policy::rules::Truth::yes:
            return "matches";
        case policy::rules::Truth::unknown:
            return "cannot be known yet";
    }
    return "";
}

}  // namespace

std::string explain(const authentication::Authentication& authentication) {
    std::string text =
        authentication.from
            ? fmt::format("From: {}\n", calendar::base::printable(authentication.from->text()))
            : fmt::format("From: not usable ({})\n", calendar::base::printable(authentication.from_error));
    for (const auto& signature : authentication.signatures) {
        text += fmt::format("signature of {} (selector {}, {}): {}{}{}\n", calendar::base::printable(signature.domain),
                            calendar::base::printable(signature.selector),
                            calendar::base::printable(signature.algorithm), word(signature.result),
                            signature.reason.empty() ? "" : ", " + calendar::base::printable(signature.reason),
                            signature.aligned ? "; aligned with From" : "; not aligned with From");
    }
    if (authentication.signatures.empty() && authentication.by.empty()) text += "no signature was looked at\n";
    text += authentication.authenticated ? fmt::format("The sender is proven by {}.\n", authentication.by)
            : authentication.temporary   ? "The sender is not proven: a key could not be asked for; later it may be.\n"
                                         : "The sender is not proven.\n";
    return text;
}

std::string explain(const mail::Inspection& inspection) {
    std::string text;
    for (const auto& part : inspection.parts) {
        text += fmt::format("part {} ({}): ", part.path, calendar::base::printable(part.content_type));
        if (part.error)
            text +=
                fmt::format("refused: {} {}", word(part.error->reason), calendar::base::printable(part.error->detail));
        else if (part.duplicate_of)
            text += "the same as part " + *part.duplicate_of;
        else
            for (const auto& message : part.messages)
                text += fmt::format("{}{} {}", &message == part.messages.data() ? "" : ", ", word(message.method),
                                    calendar::base::printable(message.uid, 255));
        text += '\n';
    }
    if (inspection.error)
        text += fmt::format("refused: {} {}\n", word(inspection.error->reason),
                            calendar::base::printable(inspection.error->detail));
    return text;
}

std::string explain(const judging::UserDecision& decided) {
    const auto& decision = decided.decision;
    std::string text =
        fmt::format("\n{} (user {}): {} {}, part {}\n", calendar::base::printable(decided.recipient.text()),
                    calendar::base::printable(decided.user.name), word(decided.message.method),
                    calendar::base::printable(decided.message.uid, 255), decided.part);
    for (const auto& [fact, value] : decided.facts.items())
        text += fmt::format(
            "  {}: {}\n", fact,
            calendar::base::printable(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), 255));
    for (const auto& rule : decision.trace) {
        text += fmt::format("  rule \"{}\" ({}) {}: {}\n", calendar::base::printable(rule.name),
                            calendar::base::printable(rule.place), truth(rule.matched),
                            calendar::base::printable(rule.because));
    }
    if (decision.deferred) {
        text += fmt::format("  -> decided later, when it is known: {}\n", calendar::base::printable(decision.because));
    } else {
        text += fmt::format("  -> calendar: {}, mail: {} ({}; {})\n", word(decision.action.calendar),
                            word(decision.action.mail), calendar::base::printable(decision.rule),
                            calendar::base::printable(decision.place));
    }
    return text;
}

}  // namespace milter::imipctl
