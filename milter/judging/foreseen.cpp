#include "milter/judging/foreseen.h"

#include <algorithm>
#include <vector>

#include "calendar/itip/apply/authority.h"
#include "milter/judging/apply_input.h"
#include "milter/judging/membership.h"
#include "policy/rules/roles.h"

namespace milter::judging {

using calendar::itip::Conversation;
using calendar::itip::Method;
using calendar::itip::ObjectSummary;
using calendar::itip::Reason;
using calendar::itip::Refusal;
using policy::rules::CalendarAction;

namespace {

enum class IfUnknown { may_speak, may_not };  ///< the event in the calendar

/// Nothing but a SENT-BY in the message lets the sender speak: a claim, which the event in the calendar decides.
bool only_claims(const std::vector<std::string>& roles, Method method) {
    const bool of_organizer = calendar::itip::speaks_for_organizer(method);
    return std::ranges::find(roles, "sent_by") != roles.end() &&
           std::ranges::none_of(roles, [&](const std::string& role) {
               return of_organizer ? role == "organizer" || role == "delegator" : role != "other" && role != "sent_by";
           });
}

/// What comes behind an invitation that waits in the queue is not about an unknown event any more.
bool may_follow_another(Method method) {
    return method == Method::cancel || method == Method::add;
}

std::optional<Refusal> refused_by_engine(const calendar::itip::ApplyInput& input, MailFacts& facts,
                                         IfUnknown if_unknown) {
    const auto& sources = facts.sources();
    const auto& message = sources.message;
    Conversation conversation{
        .input = input, .method = message.method, .message = message.objects, .stored = std::nullopt};
    if (auto certain = refused_for_parties(conversation)) return certain;
    conversation.stored.emplace();
    auto refused = refused_for_parties(conversation);
    if (!refused && (if_unknown == IfUnknown::may_not ||
                     !only_claims(policy::rules::sender_roles(message, *input.sender, sources.user), message.method)))
        return std::nullopt;
    const auto& event = facts.stored();
    const bool is_new = event && !*event;
    if (is_new ? !refused || may_follow_another(message.method) : !event) {
        if (if_unknown == IfUnknown::may_speak) return std::nullopt;
        return refused;
    }
    if (is_new) return refused;
    if ((*event)->organized && (*event)->organizers.empty()) return std::nullopt;  // a URI, which the calendar knows
    std::vector<ObjectSummary> components(1);  // also an event without parties is one
    for (const auto& organizer : (*event)->organizers)
        components.emplace_back().organizer = organizer;
    for (const auto& attendee : (*event)->attendees)
        components.emplace_back().attendees = {attendee};
    conversation.stored.emplace(components);
    return refused_for_parties(conversation);
}

bool is_about_sender(const Refusal& refusal) {
    return refusal.reason == Reason::sender_not_organizer || refusal.reason == Reason::sender_not_attendee ||
           refusal.reason == Reason::missing_attendee;
}

/// Nothing comes of the message, also when the calendar cannot be asked. Only for want of the right sender?
std::optional<Refusal> left_alone(calendar::itip::ApplyInput input, MailFacts& facts) {
    const auto* proven = std::get_if<bool>(&facts.ask(policy::rules::Fact::authenticated));
    if (proven == nullptr || !*proven) return std::nullopt;
    input.sent_by_allowed = true;  // it was for the rules to say
    auto refused = refused_by_engine(input, facts, IfUnknown::may_not);
    return refused && is_about_sender(*refused) ? refused : std::nullopt;
}

}  // namespace

std::optional<Refusal> foreseen_refusal(const policy::rules::Decision& decision, MailFacts& facts) {
    if (decision.deferred || !facts.sender()) return std::nullopt;
    const auto& sources = facts.sources();
    const auto input = apply_input(decision, sources.user, reached_at(sources.user, sources.recipient, sources.message),
                                   facts.sender(), sources.snapshot.config);
    const auto action = decision.action.calendar;
    std::optional<Refusal> refused;
    if (action != CalendarAction::ignore) refused = refused_by_engine(input, facts, IfUnknown::may_speak);
    if (action == CalendarAction::ignore && decision.rule == "otherwise") refused = left_alone(input, facts);
    if (!refused) return std::nullopt;
    if (is_about_sender(*refused))
        refused->detail +=
            missing_for_speaker(sources.evidence, sources.message, sources.snapshot.config.authentication.speaks_for);
    const auto& speaker = sources.speaker;
    if (speaker && speaker->unknown.empty()) refused->detail += "; " + sentence(*speaker);
    if (!sources.message.dropped.empty()) refused->detail += "; " + sources.message.dropped;
    return refused;
}

}  // namespace milter::judging
