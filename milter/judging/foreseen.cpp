#include "milter/judging/foreseen.h"

#include <algorithm>

#include "policy/rules/roles.h"

namespace milter::judging {

using calendar::itip::Method;
using calendar::itip::Reason;
using calendar::itip::Refusal;

namespace {

Refusal refusal(Reason reason, std::string detail) {
    return {reason, std::move(detail)};
}

/// The message itself gives the sender a part from which they may be allowed to speak.
bool has_a_part(const std::vector<std::string>& roles) {
    return std::ranges::any_of(
        roles, [](const std::string& role) { return role == "organizer" || role == "sent_by" || role == "delegator"; });
}

}  // namespace

std::optional<Refusal> foreseen_refusal(const ForeseenInput& input) {
    const auto& [message, user, recipient, sender, stored] = input;
    const auto& organizer = message.organizer();
    if (!calendar::itip::speaks_for_organizer(message.method) || !organizer) return std::nullopt;
    if (std::ranges::find(user.addresses, organizer->address) != user.addresses.end())
        return refusal(Reason::own_message, organizer->address.text() + " is the organizer");
    // Whom a CANCEL or PUBLISH is for need not stand in it.
    const bool must_be_named = message.method != Method::cancel && message.method != Method::publish;
    if (must_be_named && policy::rules::recipient_role(message, user, recipient) == "none")
        return refusal(Reason::not_addressed, user.owner().address + " is not an attendee" +
                                                  (message.dropped.empty() ? "" : "; " + message.dropped));
    if (has_a_part(policy::rules::sender_roles(message, sender, user))) return std::nullopt;
    const auto object = stored();
    if (!object || (*object && policy::rules::matches_stored(**object, message, sender))) return std::nullopt;
    return refusal(Reason::sender_not_organizer,
                   sender.text() + " is not allowed to act for the organizer " + organizer->address.text());
}

}  // namespace milter::judging
