#include "milter/judging/foreseen.h"

#include <algorithm>

#include <fmt/format.h>

#include "policy/rules/roles.h"

namespace milter::judging {

using calendar::itip::Method;
using calendar::itip::Reason;
using calendar::itip::Refusal;
using policy::rules::CalendarAction;

namespace {

enum class IfUnknown { may_speak, may_not };  ///< the event in the calendar

/// The message gives the sender a part from which they may be allowed to speak.
bool has_a_part(const std::vector<std::string>& roles, Method method) {
    const bool of_organizer = calendar::itip::speaks_for_organizer(method);
    return std::ranges::any_of(roles, [&](const std::string& role) {
        return of_organizer ? role == "organizer" || role == "sent_by" || role == "delegator" : role != "other";
    });
}

std::optional<Refusal> wrong_speaker(MailFacts& facts, IfUnknown if_unknown) {
    const auto& sources = facts.sources();
    const auto& message = sources.message;
    const auto& sender = *facts.sender();
    if (has_a_part(policy::rules::sender_roles(message, sender, sources.user), message.method)) return std::nullopt;
    const auto& object = facts.stored();
    if (!object && if_unknown == IfUnknown::may_speak) return std::nullopt;
    if (object && *object && policy::rules::matches_stored(**object, message, sender)) return std::nullopt;
    const auto missing =
        missing_for_speaker(sources.evidence, message, sources.snapshot.config.authentication.speaks_for);
    if (!calendar::itip::speaks_for_organizer(message.method))
        return Refusal{Reason::sender_not_attendee,
                       fmt::format("{} is not an attendee in this reply{}", sender.text(), missing)};
    return Refusal{Reason::sender_not_organizer,
                   fmt::format("{} is not allowed to act for the organizer {}{}", sender.text(),
                               message.organizer()->address.text(), missing)};
}

std::optional<Refusal> refused_by_event(MailFacts& facts, IfUnknown if_unknown) {
    const auto& message = facts.sources().message;
    const auto& user = facts.sources().user;
    const auto& organizer = message.organizer();
    if (!calendar::itip::speaks_for_organizer(message.method) || !organizer) return std::nullopt;
    if (std::ranges::find(user.addresses, organizer->address) != user.addresses.end())
        return Refusal{Reason::own_message, organizer->address.text() + " is the organizer"};
    // Whom a CANCEL or PUBLISH is for need not stand in it.
    const bool must_be_named = message.method != Method::cancel && message.method != Method::publish;
    if (must_be_named && policy::rules::recipient_role(message, user, facts.sources().recipient) == "none")
        return Refusal{Reason::not_addressed, user.owner().address + " is not an attendee"};
    return wrong_speaker(facts, if_unknown);
}

/// Nothing comes of the message, also when the calendar cannot be asked. Only for want of the right sender?
std::optional<Refusal> left_alone(MailFacts& facts) {
    const auto& message = facts.sources().message;
    const auto* proven = std::get_if<bool>(&facts.ask(policy::rules::Fact::authenticated));
    if (proven == nullptr || !*proven) return std::nullopt;
    if (message.method == Method::reply) {
        const auto& organizer = message.organizer();
        const bool is_for_user = !organizer || contains(facts.sources().user.addresses, organizer->address);
        return is_for_user ? wrong_speaker(facts, IfUnknown::may_not) : std::nullopt;
    }
    auto refused = refused_by_event(facts, IfUnknown::may_not);
    return refused && refused->reason == Reason::sender_not_organizer ? refused : std::nullopt;
}

}  // namespace

std::optional<Refusal> foreseen_refusal(const policy::rules::Decision& decision, MailFacts& facts) {
    if (decision.deferred || !facts.sender()) return std::nullopt;
    const auto action = decision.action.calendar;
    std::optional<Refusal> refused;
    if (action == CalendarAction::apply) refused = refused_by_event(facts, IfUnknown::may_speak);
    if (action == CalendarAction::ignore && decision.rule == "otherwise") refused = left_alone(facts);
    const auto& speaker = facts.sources().speaker;
    if (refused && speaker && speaker->unknown.empty()) refused->detail += "; " + sentence(*speaker);
    return refused;
}

}  // namespace milter::judging
