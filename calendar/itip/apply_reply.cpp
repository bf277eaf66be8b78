#include "calendar/itip/apply_reply.h"

#include <vector>

#include <fmt/format.h>

#include "calendar/itip/answer.h"
#include "calendar/itip/derive.h"
#include "calendar/itip/ordering.h"
#include "calendar/itip/parties.h"
#include "calendar/itip/standing.h"
#include "calendar/itip/times.h"

namespace calendar::itip {

namespace {

/// A reply cannot fill the organizer's event with strangers.
constexpr std::size_t most_delegates = 10;

/// What became of one component of the reply.
struct Verdict {
    Outcome::Kind kind;
    Reason reason;
    std::string detail;
};

Verdict leave(Reason reason, std::string detail) {
    return {Outcome::Kind::unchanged, reason, std::move(detail)};
}

Verdict refusal(Reason reason, std::string detail) {
    return {Outcome::Kind::refused, reason, std::move(detail)};
}

class Recording {
  public:
    Recording(Case& the_case, const Address& answerer)
        : case_(the_case),
          answerer_(answerer),
          delegation_(the_case.input.options.delegation),
          result_(*the_case.stored),
          reader_(the_case.instances()),
          overrides_(the_case.stored_overrides(reader_)) {
        if (result_.master) recurrence_.emplace(*the_case.stored->master, the_case.effort, the_case.input.home);
    }

    Outcome outcome() {
        std::optional<Verdict> best;
        const auto consider = [&](const Component& reply, Verdict verdict) {
            if (verdict.kind == Outcome::Kind::refused)
                refused_ += fmt::format("; not recorded for {}: {}",
                                        reply.find("RECURRENCE-ID") ? reply.value("RECURRENCE-ID") : "the series",
                                        verdict.detail);
            if (!best || (best->kind != Outcome::Kind::updated && verdict.kind == Outcome::Kind::updated))
                best = std::move(verdict);
        };
        if (case_.message.master) consider(*case_.message.master, series(*case_.message.master));
        for (const Component& reply : case_.message.overrides)
            consider(reply, instance(reply));
        switch (best->kind) {
            case Outcome::Kind::refused:
                return refused(case_.input, {best->reason, best->detail});
            case Outcome::Kind::unchanged:
                return unchanged(case_, best->reason, best->detail);
            case Outcome::Kind::created:
            case Outcome::Kind::updated:
            case Outcome::Kind::removed:
                break;
        }
        return stored_as(case_, Outcome::Kind::updated, best->reason, best->detail + refused_, result_);
    }

  private:
    /// The answer for the series: the master, and every override that still had the master's old answer.
    Verdict series(const Component& reply) {
        if (!result_.master)
            return refusal(Reason::unknown_instance, "the calendar has instances of the event, but no series");
        Component& master = *result_.master;
        const auto answer = answer_in(reply);
        if (!answer) return refusal(answer.error().reason, answer.error().detail);
        if (auto why = not_counting(reply, master, {})) return std::move(*why);

        const Property* const line = attendee(std::as_const(master), answerer_);
        const auto old = line == nullptr ? std::nullopt : std::optional(partstat(*line));
        Verdict verdict = put(master, *answer);
        if (verdict.kind == Outcome::Kind::refused) return verdict;
        // The same answer once more is no news for overrides that came to it in another way.
        if (verdict.kind == Outcome::Kind::updated)
            for (Component& component : result_.overrides) {
                const Property* const there = attendee(std::as_const(component), answerer_);
                const auto had = there == nullptr ? std::nullopt : std::optional(partstat(*there));
                if (had == old && !cancelled(component) && !answered_later(reply, component.value("RECURRENCE-ID")))
                    put(component, *answer);
            }
        if (result_.kind == "VTODO" && record_progress(master, reply) && verdict.kind != Outcome::Kind::updated)
            verdict = recorded(*answer);
        case_.marks.keep(mark_of(reply, answerer_.text(), {}));
        return verdict;
    }

    Verdict instance(const Component& reply) {
        const Property& recurrence_id = *reply.find("RECURRENCE-ID");
        const auto at = reader_.read(recurrence_id);
        if (!at) return refusal(Reason::bad_recurrence_id, "the RECURRENCE-ID is no date");
        const auto answer = answer_in(reply);
        if (!answer) return refusal(answer.error().reason, answer.error().detail);
        if (result_.master && cancelled(*result_.master))
            return leave(Reason::cancelled_event, "the event is cancelled");
        if (recurrence_id.parameter("RANGE"))
            return refusal(Reason::bad_recurrence_id, "a reply with RANGE changes no one instance");
        const auto place = overrides_.find(*at);
        if (!place) return derived_instance(reply, *at, *answer);

        Component& component = result_.overrides[*place];
        const std::string id = component.value("RECURRENCE-ID");
        if (auto why = not_counting(reply, component, id)) return std::move(*why);
        Verdict verdict = put(component, *answer);
        if (verdict.kind == Outcome::Kind::refused) return verdict;
        if (result_.kind == "VTODO" && record_progress(component, reply) && verdict.kind != Outcome::Kind::updated)
            verdict = recorded(*answer);
        case_.marks.keep(mark_of(reply, answerer_.text(), id));
        return verdict;
    }

    /// An answer for an instance that is as the series has it: recorded in an override, when it differs from the answer
    /// for the series.
    Verdict derived_instance(const Component& reply, const Instance& at, const Answer& answer) {
        const auto time = recurrence_ && !recurrence_->excluded(at) ? recurrence_->find(at) : std::nullopt;
        if (!time) return refusal(Reason::unknown_instance, "the calendar has no such instance");
        Component component = derive_override(*result_.master, *recurrence_, *time);
        derived_ += component.properties.size();
        if (derived_ > most_derived) return refusal(Reason::too_complex, "the reply is for too many instances");
        const std::string id = component.value("RECURRENCE-ID");
        if (auto why = not_counting(reply, component, id)) return std::move(*why);
        const Property* const line = attendee(std::as_const(component), answerer_);
        const bool says_the_same =
            line != nullptr && partstat(*line) == partstat(answer.line) && !answer.line.parameter("DELEGATED-TO");
        Verdict verdict = put(component, answer);
        if (verdict.kind == Outcome::Kind::refused) return verdict;
        const bool progress = result_.kind == "VTODO" && record_progress(component, reply);
        if (progress)
            verdict = recorded(answer);
        else if (says_the_same)
            verdict = leave(Reason::duplicate, "the series has this answer already");
        if (verdict.kind == Outcome::Kind::updated) result_.overrides.push_back(std::move(component));
        case_.marks.keep(mark_of(reply, answerer_.text(), id));
        return verdict;
    }

    Expected<Answer> answer_in(const Component& reply) const {
        const auto line = answering(reply, case_.input.sender);
        if (!line) return tl::unexpected(line.error());
        if ((*line)->parameter_values("DELEGATED-TO").size() > most_delegates)
            return refuse(Reason::too_complex, fmt::format("the reply delegates to more than {}", most_delegates));
        return answer_of(reply, **line);
    }

    bool answered_later(const Component& reply, const std::string& recurrence_id) const {
        const ReplyMark* const mark = case_.marks.find(answerer_.text(), recurrence_id);
        return mark != nullptr && older(order(version_of(reply), version_of(*mark)));
    }

    /// Why a reply does not count for this component, whatever it answers.
    std::optional<Verdict> not_counting(const Component& reply, const Component& known,
                                        const std::string& recurrence_id) const {
        if (cancelled(known)) return leave(Reason::cancelled_event, "what the reply answers is cancelled");
        if (answered_later(reply, recurrence_id))
            return leave(Reason::stale_reply, fmt::format("a later reply of {} was recorded", answerer_.text()));
        if (version_of(reply).sequence < version_of(known).sequence && !same_start_and_end(reply, known))
            return leave(Reason::stale_reply,
                         fmt::format("the reply answers SEQUENCE {}, and the time has changed since",
                                     version_of(reply).sequence));
        return std::nullopt;
    }

    Verdict recorded(const Answer& answer) const {
        return {Outcome::Kind::updated, Reason::reply_recorded,
                fmt::format("{} replied {}", answerer_.text(), partstat(answer.line))};
    }

    /// Writes the answer into a stored component.
    Verdict put(Component& component, const Answer& answer) const {
        Property* const line = attendee(component, answerer_);
        if (line == nullptr) return join(component, answer);
        if (delegation_ == Options::Delegation::never && partstat(answer.line) == "DELEGATED")
            return refusal(Reason::unverified_delegation,
                           fmt::format("{} delegates, which is not allowed", answerer_.text()));
        bool changed = record(*line, answer, delegation_known(component, answer));
        changed = add_delegates(component, answer) || changed;
        return changed ? recorded(answer) : leave(Reason::duplicate, "the calendar has this answer already");
    }

    /// May DELEGATED-FROM of an answer be believed?
    bool delegation_known(const Component& component, const Answer& answer) const {
        switch (delegation_) {
            case Options::Delegation::verified: {
                const Property* const delegator = delegator_of(component, answerer_);
                return delegator != nullptr && names(answer.line, "DELEGATED-FROM", *address_of(delegator));
            }
            case Options::Delegation::claimed:
                return claimed_delegator(component, answer) != nullptr;
            case Options::Delegation::never:
                break;
        }
        return false;
    }

    /// The first attendee whom the answer names in DELEGATED-FROM.
    static const Property* claimed_delegator(const Component& component, const Answer& answer) {
        std::vector<Address> claimed;
        for (const std::string& text : answer.line.parameter_values("DELEGATED-FROM"))
            if (auto address = Address::parse(text); address && claimed.size() < most_delegates)
                claimed.push_back(std::move(*address));
        return attendee_among(component, claimed);
    }

    /// The one who answers was not invited: a delegate, or a party crasher.
    Verdict join(Component& component, const Answer& answer) const {
        const Property* delegator = delegator_of(component, answerer_);
        const bool claims = answer.line.parameter("DELEGATED-FROM").has_value();
        if (delegator != nullptr || claims) {
            switch (delegation_) {
                case Options::Delegation::verified:
                    if (delegator == nullptr)
                        return refusal(Reason::unverified_delegation,
                                       fmt::format("no attendee is known to have delegated to {}", answerer_.text()));
                    break;
                case Options::Delegation::claimed:
                    if (delegator == nullptr) delegator = claimed_delegator(component, answer);
                    break;
                case Options::Delegation::never:
                    return refusal(Reason::unverified_delegation, "delegation is not allowed");
            }
        }
        Property line = joining(answer);
        if (delegator == nullptr) return crash(component, std::move(line));
        line.set_parameter("ROLE", delegator->parameter("ROLE"));
        line.set_parameter("DELEGATED-FROM", "mailto:" + address_of(delegator)->text());
        component.properties.push_back(std::move(line));
        add_delegates(component, answer);
        return recorded(answer);
    }

    Verdict crash(Component& component, Property line) const {
        switch (case_.input.options.party_crashers) {
            case Options::PartyCrashers::refuse:
                break;
            case Options::PartyCrashers::hold:
                return refusal(Reason::party_crasher,
                               fmt::format("{} was not invited; held for review", answerer_.text()));
            case Options::PartyCrashers::add:
                component.properties.push_back(std::move(line));
                return {Outcome::Kind::updated, Reason::attendee_added,
                        fmt::format("{} was not invited and joined", answerer_.text())};
        }
        return refusal(Reason::party_crasher, fmt::format("{} was not invited", answerer_.text()));
    }

    Case& case_;
    const Address& answerer_;
    const Options::Delegation delegation_;
    Series result_;
    const InstanceReader reader_;
    const InstanceIndex overrides_;
    std::optional<Recurrence> recurrence_;  // of the stored master
    std::size_t derived_ = 0;               // properties
    std::string refused_;
};

}  // namespace

Outcome apply_reply(Case& the_case, const Address& answerer) {
    if (!the_case.stored) return refused(the_case.input, {Reason::unknown_event, "there is no event to answer"});
    return Recording(the_case, answerer).outcome();
}

}  // namespace calendar::itip
