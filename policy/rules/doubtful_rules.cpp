#include "policy/rules/doubtful_rules.h"

#include <algorithm>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "policy/rules/implication.h"

namespace policy::rules {
namespace {

Condition fact(Fact fact, std::string_view word) {
    Condition condition;
    condition.kind = Condition::Kind::fact;
    condition.fact = fact;
    condition.wanted.emplace_back(word);
    return condition;
}

Condition flag(Fact fact, bool value = true) {
    Condition condition;
    condition.kind = Condition::Kind::fact;
    condition.fact = fact;
    condition.flag = value;
    return condition;
}

bool names(const Condition& condition, Fact fact) {
    if (condition.kind == Condition::Kind::fact) return condition.fact == fact;
    return std::ranges::any_of(condition.children, [fact](const Condition& each) { return names(each, fact); });
}

/// It applies messages whose From address anybody may have written. Whether the domains of `signed_by` are the sender's
/// is not known here.
bool applies_unproven(const Rule& rule, std::span<const Rule> earlier) {
    if (rule.action.calendar != CalendarAction::apply || names(rule.condition, Fact::signed_by)) return false;
    Condition unproven;
    unproven.children = {rule.condition, flag(Fact::authenticated, false), flag(Fact::submitted, false)};
    return !never_holds(unproven) &&
           std::ranges::none_of(earlier, [&](const Rule& one) { return implies(unproven, one.condition); });
}

bool is_applied(std::string_view method) {
    constexpr std::string_view never[] = {"COUNTER", "DECLINECOUNTER", "REFRESH"};
    return std::ranges::find(never, method) == std::end(never);
}

bool matches_only_what_is_not_applied(const Condition& condition) {
    return std::ranges::none_of(info(Fact::method).words, [&](std::string_view method) {
        return is_applied(method) && !exclude_each_other(condition, fact(Fact::method, method));
    });
}

/// Nothing comes of this action for what the rule matches.
std::optional<std::string> without_effect(const Rule& rule) {
    const bool from_strangers = implies(rule.condition, fact(Fact::sender_is, "other"));
    switch (rule.action.calendar) {
        case CalendarAction::apply:
            if (matches_only_what_is_not_applied(rule.condition))
                return "never changes a calendar: COUNTER, DECLINECOUNTER and REFRESH are not applied; use 'hold' or "
                       "'ignore'";
            if (from_strangers && !implies(rule.condition, flag(Fact::sender_matches_stored)))
                return "accepts no new event: what a sender who is not a party to it sends ('sender_is: other') is "
                       "refused; name systems that send for others in 'authentication: speaks_for'";
            return std::nullopt;
        case CalendarAction::hold:
            if (from_strangers)
                return "never holds a message: what a sender who is not a party to the event sends ('sender_is: "
                       "other') is not held";
            return std::nullopt;
        case CalendarAction::ignore:
            break;
    }
    return std::nullopt;
}

std::optional<std::string> reason(const Rule& rule, std::span<const Rule> earlier) {
    if (never_holds(rule.condition)) return "never matches: its conditions exclude each other";
    const auto first = std::ranges::find_if(earlier, [&](const Rule& one) {
        return always_holds(one.condition) || implies(rule.condition, one.condition);
    });
    if (first != earlier.end())
        return fmt::format("never matches: the earlier rule '{}' ({}) matches whatever it would match", first->name,
                           first->place);
    if (auto why = without_effect(rule)) return why;
    if (applies_unproven(rule, earlier))
        return "applies messages whose sender is not proven: anybody can write any From address; add 'authenticated: "
               "true'";
    return std::nullopt;
}

}  // namespace

std::vector<DoubtfulRule> doubtful_rules(const Policy& policy) {
    std::vector<DoubtfulRule> found;
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
        const auto& rule = policy.rules[i];
        if (const auto why = reason(rule, std::span(policy.rules).first(i)))
            found.push_back({.index = i, .why = fmt::format("rule '{}' {}", rule.name, *why)});
    }
    return found;
}

}  // namespace policy::rules
