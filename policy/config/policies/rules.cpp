#include "policy/config/policies/rules.h"

#include <map>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "policy/config/policies/action.h"
#include "policy/config/policies/condition.h"
#include "policy/config/text/names.h"
#include "policy/rules/doubtful_rules.h"

namespace policy::config {
namespace {

rules::Rule read_rule(const Value& value, std::map<std::string, Place>& names, Mistakes& mistakes) {
    rules::Rule rule;
    rule.place = value.place.short_text();
    Section section(value, "policy", mistakes);
    section.require("name");
    section.text("name", rule.name);
    if (!rule.name.empty()) {
        const Place& place = section.find("name")->place;
        if (!is_label(rule.name)) section.must("name", label_rule);
        if (rule.name == "otherwise") mistakes.add(place, "'otherwise' is reserved; use another name for this rule");
        const auto [first, is_new] = names.emplace(rule.name, place);
        if (!is_new)
            mistakes.add(place, fmt::format("duplicate rule name '{}'; first used at {}",
                                            calendar::base::printable(rule.name), first->second.text()));
    }
    if (const Value* condition = section.require("if")) rule.condition = read_condition(*condition, mistakes);
    if (const Value* action = section.require("then")) rule.action = read_action(*action, "then", mistakes);
    section.finish();
    return rule;
}

}  // namespace

rules::Policy read_policy(Section& section) {
    rules::Policy policy;
    Mistakes& mistakes = section.mistakes();
    policy.otherwise_place = section.value().place.short_text();
    if (const Value* rules = section.require("policy")) {
        if (rules->kind != Value::Kind::sequence)
            section.must("policy", "be a list of rules such as [{name: spam, if: {spam: true}, then: ignore}]");
        std::map<std::string, Place> names;
        for (const Value& rule : rules->items)
            policy.rules.push_back(read_rule(rule, names, mistakes));
        if (!mistakes.has_errors())  // what could not be read may say something else
            for (const auto& doubtful : rules::doubtful_rules(policy))
                mistakes.warn(rules->items[doubtful.index].place, doubtful.why);
    }
    if (const Value* otherwise = section.find("otherwise")) {
        policy.otherwise = read_action(*otherwise, "otherwise", mistakes);
        policy.otherwise_place = otherwise->place.short_text();
    }
    return policy;
}

}  // namespace policy::config
