#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "policy/rules/pattern.h"
#include "policy/rules/policy.h"

namespace policy::rules {
namespace {

struct Evaluation {
    Truth truth = Truth::yes;
    std::string because;
    bool sender_known = false;  ///< by a condition that holds
};

bool knows_sender(Fact fact) noexcept {
    return fact == Fact::address_book || fact == Fact::correspondent || fact == Fact::same_domain;
}

Truth truth_of(bool holds) noexcept {
    return holds ? Truth::yes : Truth::no;
}

/// "a, b and 3 more": a message may have made the list long.
std::string listed(const std::vector<std::string>& values) {
    constexpr std::size_t shown = 5;
    if (values.empty()) return "empty";
    std::string text = values.front();
    for (std::size_t i = 1; i < values.size() && i < shown; ++i)
        text += ", " + values[i];
    if (values.size() > shown) text += fmt::format(" and {} more", values.size() - shown);
    return text;
}

std::string alternatives(const std::vector<std::string>& wanted) {
    std::string text;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        text += (i == 0 ? "" : i + 1 == wanted.size() ? " or " : ", ") + wanted[i];
    return text;
}

bool holds(FactKind kind, const std::string& wanted, const std::vector<std::string>& values) {
    switch (kind) {
        case FactKind::pattern:
            return std::any_of(values.begin(), values.end(),
                               [&](const std::string& value) { return matches(wanted, value); });
        case FactKind::hazards:
            if (wanted == "none") return values.empty();
            if (wanted == "any") return !values.empty();
            return std::find(values.begin(), values.end(), wanted) != values.end();
        case FactKind::word:
            return std::find(values.begin(), values.end(), wanted) != values.end();
        case FactKind::flag:
            break;
    }
    assert(!"a flag is not compared with words");
    return false;
}

Evaluation ask(const Condition& condition, Facts& facts) {
    const FactInfo& about = info(condition.fact);
    const FactValue& value = facts.ask(condition.fact);
    if (const auto* unknown = std::get_if<Unknown>(&value))
        return {Truth::unknown, fmt::format("{} is unknown: {}", about.word, unknown->why), false};
    if (const bool* flag = std::get_if<bool>(&value)) {
        assert(about.kind == FactKind::flag);
        return {truth_of(*flag == condition.flag), fmt::format("{} is {}", about.word, *flag),
                *flag && condition.flag && knows_sender(condition.fact)};
    }
    const auto& values = std::get<std::vector<std::string>>(value);
    const bool matched = std::any_of(condition.wanted.begin(), condition.wanted.end(),
                                     [&](const std::string& wanted) { return holds(about.kind, wanted, values); });
    const bool no_hazards = about.kind == FactKind::hazards && values.empty();
    std::string because = fmt::format("{} is {}", about.word, no_hazards ? "none" : listed(values));
    if (!matched) {
        because += about.kind == FactKind::pattern ? ", which does not match " : ", not ";
        because += alternatives(condition.wanted);
    }
    return {truth_of(matched), std::move(because), false};
}

Evaluation evaluate(const Condition& condition, Facts& facts);

/// With `all` the search stops at no, with `any` at yes. An unknown child does not end the search for one that settles
/// it.
Evaluation combine(const std::vector<Condition>& children, Truth stop, Facts& facts) {
    std::string because;
    std::string unknown;
    bool sender_known = false;
    for (const Condition& child : children) {
        Evaluation answer = evaluate(child, facts);
        if (answer.truth == stop) return answer;
        std::string& reasons = answer.truth == Truth::unknown ? unknown : because;
        reasons += (reasons.empty() ? "" : "; ") + answer.because;
        sender_known = sender_known || answer.sender_known;
    }
    if (!unknown.empty()) return {Truth::unknown, std::move(unknown), false};
    return {stop == Truth::no ? Truth::yes : Truth::no, std::move(because), sender_known};
}

Evaluation evaluate(const Condition& condition, Facts& facts) {
    switch (condition.kind) {
        case Condition::Kind::fact:
            return ask(condition, facts);
        case Condition::Kind::all:
            return combine(condition.children, Truth::no, facts);
        case Condition::Kind::any:
            return combine(condition.children, Truth::yes, facts);
        case Condition::Kind::negation:
            break;
    }
    assert(condition.children.size() == 1);
    Evaluation answer = evaluate(condition.children.front(), facts);
    answer.sender_known = false;
    switch (answer.truth) {
        case Truth::no:
            answer.truth = Truth::yes;
            break;
        case Truth::yes:
            answer.truth = Truth::no;
            break;
        case Truth::unknown:
            break;
    }
    return answer;
}

bool names(const Condition& condition, Fact fact, std::string_view word) {
    switch (condition.kind) {
        case Condition::Kind::fact:
            return condition.fact == fact &&
                   std::find(condition.wanted.begin(), condition.wanted.end(), word) != condition.wanted.end();
        case Condition::Kind::all:
        case Condition::Kind::any:
            return std::any_of(condition.children.begin(), condition.children.end(),
                               [&](const Condition& child) { return names(child, fact, word); });
        case Condition::Kind::negation:
            return false;
    }
    return false;
}

}  // namespace

std::string_view word(CalendarAction action) noexcept {
    switch (action) {
        case CalendarAction::apply:
            return "apply";
        case CalendarAction::hold:
            return "hold";
        case CalendarAction::ignore:
            return "ignore";
    }
    return {};
}

std::string_view word(MailAction action) noexcept {
    switch (action) {
        case MailAction::deliver:
            return "deliver";
        case MailAction::quarantine:
            return "quarantine";
        case MailAction::reject:
            return "reject";
        case MailAction::discard:
            return "discard";
    }
    return {};
}

Decision decide(const Policy& policy, Facts& facts) {
    Decision decision;
    for (const Rule& rule : policy.rules) {
        Evaluation answer = evaluate(rule.condition, facts);
        decision.trace.push_back(
            {.name = rule.name, .place = rule.place, .matched = answer.truth, .because = answer.because});
        if (answer.truth == Truth::no) continue;
        decision.rule = rule.name;
        decision.place = rule.place;
        if (answer.truth == Truth::unknown) {
            decision.deferred = true;
            decision.because = fmt::format("rule '{}' cannot be decided yet: {}", rule.name, answer.because);
            return decision;
        }
        decision.action = rule.action;
        decision.because = fmt::format("rule '{}' matched: {}", rule.name, answer.because);
        decision.sender_known = answer.sender_known;
        decision.names_sent_by = names(rule.condition, Fact::sender_is, "sent_by");
        decision.names_publish = names(rule.condition, Fact::method, "PUBLISH");
        return decision;
    }
    decision.action = policy.otherwise;
    decision.rule = "otherwise";
    decision.place = policy.otherwise_place;
    decision.because = "no rule matched, so 'otherwise' applies";
    return decision;
}

}  // namespace policy::rules
