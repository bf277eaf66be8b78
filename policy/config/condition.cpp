#include <algorithm>

#include <fmt/format.h>

#include "policy/config/rules.h"

namespace policy::config {
namespace {

/// Catches what can never match, which in a rule is always a slip.
void check_pattern(Fact fact, const FactInfo& about, const Value& item, Mistakes& mistakes) {
    const std::string& text = item.text;
    const bool domain = fact == Fact::sender_domain || fact == Fact::signed_by;
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 127; }))
        mistakes.add(item.place,
                     fmt::format("'{}' is compared with ASCII; write a domain in its xn-- form", about.word));
    else if (domain && text.find('@') != std::string::npos)
        mistakes.add(item.place, fmt::format("'{}' is compared with a domain, which has no '@'", about.word));
    else if (!domain && text.find_first_of("@*") == std::string::npos)
        mistakes.add(item.place,
                     fmt::format("'{}' is compared with a whole address: '{}' never matches (did you mean '*@{}'?)",
                                 about.word, shown(text), shown(text)));
}

void check_word(Fact fact, const Value& item, Mistakes& mistakes) {
    const FactInfo& about = info(fact);
    switch (about.kind) {
        case FactKind::pattern:
            check_pattern(fact, about, item, mistakes);
            return;
        case FactKind::hazards:
            if (item.text == "sequence_jump") {
                mistakes.add(item.place, "sequence_jump: no rule is needed, such a message is always refused");
                return;
            }
            [[fallthrough]];
        case FactKind::word:
            read_choice(item, std::string(about.word), {about.words.begin(), about.words.end()}, mistakes);
            return;
        case FactKind::flag:
            return;
    }
}

Condition read_fact(Fact fact, const Value& value, Mistakes& mistakes) {
    Condition condition;
    condition.kind = Condition::Kind::fact;
    condition.fact = fact;
    const std::string name(info(fact).word);
    if (info(fact).kind == FactKind::flag) {
        condition.flag = read_boolean(value, name, mistakes).value_or(false);
        return condition;
    }
    std::vector<const Value*> items{&value};
    if (value.kind == Value::Kind::sequence) {
        items = read_texts(value, name, mistakes);
        if (value.items.empty()) mistakes.add(value.place, fmt::format("'{}' wants at least one value", name));
    } else if (!read_text(value, name, mistakes)) {
        items.clear();
    }
    for (const Value* item : items) {
        check_word(fact, *item, mistakes);
        condition.wanted.push_back(item->text);
    }
    return condition;
}

Condition read_list(Condition::Kind kind, const Entry& entry, Mistakes& mistakes) {
    Condition condition;
    condition.kind = kind;
    if (entry.value.kind != Value::Kind::sequence || entry.value.items.empty())
        mistakes.add(entry.value.place,
                     fmt::format("'{}' wants a list of conditions such as [{{spam: true}}]", entry.key));
    for (const Value& item : entry.value.items)
        condition.children.push_back(read_condition(item, mistakes));
    return condition;
}

Condition read_entry(const Entry& entry, Mistakes& mistakes) {
    if (entry.key == "any") return read_list(Condition::Kind::any, entry, mistakes);
    if (entry.key == "all") return read_list(Condition::Kind::all, entry, mistakes);
    if (entry.key == "not") {
        Condition condition;
        condition.kind = Condition::Kind::negation;
        condition.children.push_back(read_condition(entry.value, mistakes));
        return condition;
    }
    if (const auto fact = fact_of(entry.key)) return read_fact(*fact, entry.value, mistakes);
    std::vector<std::string_view> words{"not", "any", "all"};
    for (const FactInfo& fact : all_facts())
        words.push_back(fact.word);
    mistakes.add(entry.place, fmt::format("unknown condition '{}'{}", shown(entry.key), suggestion(entry.key, words)));
    return {};
}

}  // namespace

Condition read_condition(const Value& value, Mistakes& mistakes) {
    Condition condition;
    condition.kind = Condition::Kind::all;
    if (value.kind != Value::Kind::map)
        mistakes.add(value.place, "a condition is a map such as {method: REQUEST, authenticated: true}");
    else if (value.entries.empty())
        mistakes.add(value.place, "no conditions; what holds when no rule matches stands under 'otherwise'");
    for (const Entry& entry : value.entries)
        condition.children.push_back(read_entry(entry, mistakes));
    return condition;
}

}  // namespace policy::config
