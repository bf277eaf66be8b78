#include "policy/config/policies/condition.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/printable.h"

namespace policy::config {
namespace {

/// Catches what can never match, which in a rule is always a slip.
void check_pattern(rules::Fact fact, const rules::FactInfo& about, const Value& item, Mistakes& mistakes) {
    const std::string& text = item.text;
    const bool domain = fact == rules::Fact::sender_domain || fact == rules::Fact::signed_by;
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 127; }))
        mistakes.add(
            item.place,
            fmt::format("'{}' must be printable ASCII; write international domains in their xn-- form", about.word));
    else if (domain && text.find('@') != std::string::npos)
        mistakes.add(item.place,
                     fmt::format("'{}' never matches '{}', which is a domain; remove everything up to the '@'",
                                 calendar::base::printable(text), about.word));
    else if (!domain && text.find_first_of("@*") == std::string::npos)
        mistakes.add(item.place,
                     fmt::format("'{}' never matches '{}', which is a whole address (did you mean '*@{}'?)",
                                 calendar::base::printable(text), about.word, calendar::base::printable(text)));
}

void check_word(rules::Fact fact, const Value& item, Mistakes& mistakes) {
    const rules::FactInfo& about = rules::info(fact);
    switch (about.kind) {
        case rules::FactKind::pattern:
            check_pattern(fact, about, item, mistakes);
            return;
        case rules::FactKind::hazards:
            if (item.text == "sequence_jump") {
                mistakes.add(item.place,
                             "'sequence_jump' is not valid for 'hazards'; such messages are always refused, remove it");
                return;
            }
            [[fallthrough]];
        case rules::FactKind::word:
            read_choice(item, std::string(about.word), {about.words.begin(), about.words.end()}, mistakes);
            return;
        case rules::FactKind::flag:
            return;
    }
}

rules::Condition read_fact(rules::Fact fact, const Value& value, Mistakes& mistakes) {
    rules::Condition condition;
    condition.kind = rules::Condition::Kind::fact;
    condition.fact = fact;
    const std::string name(rules::info(fact).word);
    if (rules::info(fact).kind == rules::FactKind::flag) {
        condition.flag = read_boolean(value, name, mistakes).value_or(false);
        return condition;
    }
    std::vector<const Value*> items{&value};
    if (value.kind == Value::Kind::sequence) {
        items = read_some_texts(value, name, mistakes);
    } else if (!read_text(value, name, mistakes)) {
        items.clear();
    }
    for (const Value* item : items) {
        check_word(fact, *item, mistakes);
        condition.wanted.push_back(item->text);
    }
    return condition;
}

rules::Condition read_list(rules::Condition::Kind kind, const Entry& entry, Mistakes& mistakes) {
    rules::Condition condition;
    condition.kind = kind;
    if (entry.value.kind != Value::Kind::sequence || entry.value.items.empty())
        must(entry.value, entry.key, "be a non-empty list of conditions such as [{spam: true}]", mistakes);
    for (const Value& item : entry.value.items)
        condition.children.push_back(read_condition(item, mistakes));
    return condition;
}

rules::Condition read_entry(const Entry& entry, Mistakes& mistakes) {
    if (entry.key == "any") return read_list(rules::Condition::Kind::any, entry, mistakes);
    if (entry.key == "all") return read_list(rules::Condition::Kind::all, entry, mistakes);
    if (entry.key == "not") {
        rules::Condition condition;
        condition.kind = rules::Condition::Kind::negation;
        condition.children.push_back(read_condition(entry.value, mistakes));
        return condition;
    }
    if (const auto fact = rules::fact_of(entry.key)) return read_fact(*fact, entry.value, mistakes);
    std::vector<std::string_view> words{"not", "any", "all"};
    for (const rules::FactInfo& fact : rules::all_facts())
        words.push_back(fact.word);
    mistakes.add(entry.place, fmt::format("unknown condition '{}'{}", calendar::base::printable(entry.key),
                                          suggestion(entry.key, words)));
    return {};
}

}  // namespace

rules::Condition read_condition(const Value& value, Mistakes& mistakes) {
    rules::Condition condition;
    condition.kind = rules::Condition::Kind::all;
    if (value.kind != Value::Kind::map)
        mistakes.add(value.place, "a condition must be a map such as {method: REQUEST, authenticated: true}");
    else if (value.entries.empty())
        mistakes.add(value.place, "a condition must not be empty; use 'otherwise' for when no rule matches");
    for (const Entry& entry : value.entries)
        condition.children.push_back(read_entry(entry, mistakes));
    return condition;
}

}  // namespace policy::config
