#include "milter/imipctl/explain.h"

#include <fmt/format.h>

#include "calendar/base/printable.h"

namespace milter::imipctl {

namespace {

std::string_view truth(policy::Truth matched) {
    switch (matched) {
        case policy::Truth::no:
            return "does not match";
        case policy::Truth::yes:
            return "matches";
        case policy::Truth::unknown:
            return "cannot be known yet";
    }
    return "";
}

}  // namespace

std::string explain(const authentication::Authentication& authentication) {
    std::string text = authentication.from
                           ? fmt::format("From: {}\n", printable(authentication.from->text()))
                           : fmt::format("From: not usable ({})\n", printable(authentication.from_error));
    for (const auto& signature : authentication.signatures) {
        text += fmt::format("signature of {} (selector {}, {}): {}{}{}\n", printable(signature.domain),
                            printable(signature.selector), printable(signature.algorithm), word(signature.result),
                            signature.reason.empty() ? "" : ", " + printable(signature.reason),
                            signature.aligned ? "; aligned with From" : "; not aligned with From");
    }
    if (authentication.signatures.empty() && authentication.by.empty()) text += "no signature was looked at\n";
    text += authentication.authenticated ? fmt::format("The sender is proven by {}.\n", authentication.by)
            : authentication.temporary   ? "The sender is not proven: a key could not be asked for; later it may be.\n"
                                         : "The sender is not proven.\n";
    return text;
}

std::string explain(const Inspection& inspection) {
    std::string text;
    for (const auto& part : inspection.parts) {
        text += fmt::format("part {} ({}): ", part.path, printable(part.content_type));
        if (part.error)
            text += fmt::format("refused: {} {}", word(part.error->reason), printable(part.error->detail));
        else if (part.duplicate_of)
            text += "the same as part " + *part.duplicate_of;
        else
            for (const auto& message : part.messages)
                text += fmt::format("{}{} {}", &message == part.messages.data() ? "" : ", ", word(message.method),
                                    printable(message.uid, 255));
        text += '\n';
    }
    if (inspection.error)
        text += fmt::format("refused: {} {}\n", word(inspection.error->reason), printable(inspection.error->detail));
    return text;
}

std::string explain(const UserDecision& decided) {
    const auto& decision = decided.decision;
    std::string text = fmt::format("\n{} (user {}): {} {}, part {}\n", printable(decided.recipient.text()),
                                   printable(decided.user.name), word(decided.message.method),
                                   printable(decided.message.uid, 255), decided.part);
    for (const auto& [fact, value] : decided.facts.items())
        text += fmt::format("  {}: {}\n", fact,
                            printable(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), 255));
    for (const auto& rule : decision.trace) {
        text += fmt::format("  rule \"{}\" ({}) {}: {}\n", printable(rule.name), printable(rule.place),
                            truth(rule.matched), printable(rule.because));
    }
    if (decision.deferred) {
        text += fmt::format("  -> decided later, when it is known: {}\n", printable(decision.because));
    } else {
        text += fmt::format("  -> calendar: {}, mail: {} ({}; {})\n", word(decision.action.calendar),
                            word(decision.action.mail), printable(decision.rule), printable(decision.place));
    }
    return text;
}

}  // namespace milter::imipctl
