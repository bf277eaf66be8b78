#include "milter/judging/judgement.h"

#include <algorithm>

namespace milter::judging {

using policy::rules::CalendarAction;
using policy::rules::MailAction;

std::string_view outcome(const UserDecision& decided) {
    if (decided.decision.deferred) return "pending";
    if (decided.refused) return "refused";
    switch (decided.decision.action.calendar) {
        case CalendarAction::apply:
            return "queued";
        case CalendarAction::hold:
            return "held";
        case CalendarAction::ignore:
            return "ignored";
    }
    return "error";
}

policy::rules::Action Judgement::mail() const {
    if (!decided_for_all || decisions.empty()) return {};
    const auto& first = decisions.front().decision;
    const bool agreed = std::ranges::all_of(decisions, [&](const UserDecision& each) {
        return !each.decision.deferred && each.decision.action.mail == first.action.mail;
    });
    return agreed ? first.action : policy::rules::Action{};
}

bool Judgement::mail_is_overruled() const {
    return mail().mail == MailAction::deliver && std::ranges::any_of(decisions, [](const UserDecision& each) {
               return !each.decision.deferred && each.decision.action.mail != MailAction::deliver;
           });
}

bool Judgement::accepted() const {
    return !decisions.empty() && std::ranges::all_of(decisions, [](const UserDecision& decided) {
        return !decided.decision.deferred && !decided.refused &&
               decided.decision.action.calendar == CalendarAction::apply;
    });
}

const calendar::itip::Refusal* Judgement::refusal() const {
    if (inspection.error) return &*inspection.error;
    for (const auto& part : inspection.parts) {
        if (inspection.usable() == nullptr && part.error) return &*part.error;
    }
    return nullptr;
}

}  // namespace milter::judging
