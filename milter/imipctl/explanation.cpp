#include "milter/imipctl/explanation.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/base/printable.h"
#include "milter/imipctl/command_line.h"

namespace milter::imipctl {

using calendar::base::printable;

namespace {

constexpr std::size_t shown = 255;  // bytes of a UID and of the value of a fact

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

std::string calendar_of(const std::string& user) {
    return fmt::format("the calendar of {}", printable(user));
}

/// What becomes of the calendar by what is applied to it, in words.
std::string fate(const std::string& calendar, const std::optional<Effect>& effect) {
    if (!effect || effect->outcome.empty()) return fmt::format("accepted; {} cannot be asked now", calendar);
    if (effect->outcome == "created") return fmt::format("the event would be added to {}", calendar);
    if (effect->outcome == "updated") return fmt::format("the event would be changed in {}", calendar);
    if (effect->outcome == "removed") return fmt::format("the event would be removed from {}", calendar);
    if (effect->outcome == "held") return "held for review";
    return fmt::format("{}; {} stays as it is", effect->outcome, calendar);
}

std::string fate(const judging::UserDecision& decided, const std::optional<Effect>& effect) {
    const auto& decision = decided.decision;
    const auto calendar = calendar_of(decided.user.name);
    if (decision.deferred) return "no decision yet; the message would wait in the queue";
    if (decided.refused) return fmt::format("refused; {} stays as it is", calendar);
    switch (decision.action.calendar) {
        case policy::rules::CalendarAction::ignore:
            return fmt::format("ignored; {} stays as it is", calendar);
        case policy::rules::CalendarAction::hold:
            return "held for review";
        case policy::rules::CalendarAction::apply:
            break;
    }
    return fate(calendar, effect);
}

std::string because(std::string_view reason, const std::string& detail) {
    if (reason.empty()) return printable(detail, longest_detail);
    const auto known = calendar::itip::reason_of(reason);
    return fmt::format("{} ({}){}{}", reason, known ? sentence(*known) : "", detail.empty() ? "" : " ",
                       printable(detail, longest_detail));
}

/// The rules that had their part in the decision: the one that matched, or all when none did.
std::string rules(const judging::UserDecision& decided, Detail detail) {
    const auto& decision = decided.decision;
    std::string text;
    for (const auto& rule : decision.trace)
        if (detail == Detail::everything || decision.rule == "otherwise" || rule.matched != policy::rules::Truth::no)
            text += fmt::format("  rule \"{}\" ({}) {}: {}\n", printable(rule.name), printable(rule.place),
                                match(rule.matched), printable(rule.because));
    return text;
}

std::string facts(const judging::UserDecision& decided) {
    std::string text;
    for (const auto& [fact, value] : decided.facts->items())
        text += fmt::format("  {}: {}\n", fact,
                            printable(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), shown));
    return text;
}

}  // namespace

std::string explain(const authentication::Authentication& authentication, const mail::Header& header) {
    std::string text = authentication.from
                           ? fmt::format("From: {}\n", printable(authentication.from->text()))
                           : fmt::format("From: not usable ({})\n", printable(authentication.from_error));
    for (const auto& signature : authentication.signatures) {
        text += fmt::format("DKIM signature of {} (selector {}, {}): {}{}{}\n", printable(signature.domain),
                            printable(signature.selector), printable(signature.algorithm), word(signature.result),
                            signature.reason.empty() ? "" : ", " + printable(signature.reason),
                            signature.aligned ? "; aligned with From" : "; not aligned with From");
    }
    if (authentication.signatures.empty() && authentication.by.empty())
        text += std::ranges::none_of(header.fields(), [](const auto& field) { return field.is("DKIM-Signature"); })
                    ? "the message has no DKIM signature\n"
                    : "DKIM signatures not looked at: 'authentication.dkim.verify' is false\n";
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

std::string verdict(const judging::UserDecision& decided, const std::optional<Effect>& effect) {
    const auto& decision = decided.decision;
    auto text = fmt::format("{}: {}", printable(decided.recipient.text()), fate(decided, effect));
    if (decided.refused)
        text += fmt::format(", {}", word(decided.refused->reason));
    else if (effect && !effect->reason.empty())
        text += fmt::format(", {}", effect->reason);
    if (decision.deferred) return text + fmt::format(": {}\n", printable(decision.because, longest_detail));
    return text + fmt::format(", by rule \"{}\" ({})\n", printable(decision.rule), printable(decision.place));
}

std::string verdict(const OwnEffect& own) {
    const auto& [reply, held, unreadable, effect] = own;
    auto text = fmt::format("{}, who sent this reply: ", printable(reply.job.user));
    if (!held.empty())
        text += fmt::format("{} held {} would be {}; ", held.size(), held.size() == 1 ? "invitation" : "invitations",
                            reply.kind == judging::OwnReply::Kind::accepts ? "released" : "dismissed");
    for (const auto& each : unreadable)
        text += fmt::format("the held item {} cannot be read and would stay held; ", each.id);
    text += fate(calendar_of(reply.job.user), effect);
    if (!effect.reason.empty()) text += fmt::format(", {}", effect.reason);
    return text + '\n';
}

std::string explain(const judging::UserDecision& decided, const std::optional<Effect>& effect, Detail detail) {
    std::string text = fmt::format("\n{}: {} {}, part {}\n", printable(decided.recipient.text()),
                                   word(decided.message->method), printable(decided.message->uid, shown), decided.part);
    if (decided.refused) text += "  " + because(word(decided.refused->reason), decided.refused->detail) + '\n';
    if (effect) text += "  " + because(effect->reason, effect->detail) + '\n';
    if (decided.speaker)
        text += fmt::format("  {}{}\n", printable(sentence(*decided.speaker), longest_detail),
                            decided.speaker->unknown.empty() ? "" : ", not proven yet: " + decided.speaker->unknown);
    text += rules(decided, detail);
    return detail == Detail::everything ? text + facts(decided) : text;
}

}  // namespace milter::imipctl
