#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/rules/policy.h"

namespace {

using policy::rules::Condition;
using policy::rules::Fact;
using policy::rules::FactValue;
using policy::rules::Truth;
using Words = std::vector<std::string>;

/// Facts out of a table; remembers what was asked, in order.
class Table final : public policy::rules::Facts {
  public:
    explicit Table(std::map<Fact, FactValue> values) : values_(std::move(values)) {}
    const FactValue& ask(Fact fact) override {
        asked.emplace_back(policy::rules::info(fact).word);
        return values_.at(fact);
    }
    Words asked;

  private:
    std::map<Fact, FactValue> values_;
};

Condition flag(Fact fact, bool wanted) {
    return {Condition::Kind::fact, fact, wanted, {}, {}};
}
Condition words(Fact fact, Words wanted) {
    return {Condition::Kind::fact, fact, false, std::move(wanted), {}};
}
Condition all(std::vector<Condition> children) {
    return {Condition::Kind::all, {}, false, {}, std::move(children)};
}
Condition any(std::vector<Condition> children) {
    return {Condition::Kind::any, {}, false, {}, std::move(children)};
}
Condition negated(Condition child) {
    return {Condition::Kind::negation, {}, false, {}, {std::move(child)}};
}

policy::rules::Action apply() {
    policy::rules::Action action;
    action.calendar = policy::rules::CalendarAction::apply;
    return action;
}
policy::rules::Rule rule(std::string name, Condition condition) {
    return {std::move(name), "rules.yaml:3:5", std::move(condition), apply()};
}

const policy::rules::Unknown not_asked{"the calendar was not asked"};

/// One rule with this condition: what becomes of it.
struct Judged {
    Truth truth;
    std::string because;
    Words asked;
};
Judged judge(const Condition& condition, const std::map<Fact, FactValue>& values) {
    policy::rules::Policy one;
    one.rules.push_back(rule("one", condition));
    Table facts(values);
    const auto decision = policy::rules::decide(one, facts);
    REQUIRE(decision.trace.size() == 1);
    return {decision.trace[0].matched, decision.trace[0].because, facts.asked};
}

}  // namespace

TEST_CASE("one condition holds, does not hold, or is unknown, and says why") {
    struct Row {
        const char* sentence;
        Condition condition;
        FactValue value;
        Truth want;
        const char* because;
    };
    const Row rows[] = {
        {"a flag as wanted", flag(Fact::spam, true), true, Truth::yes, "spam is true"},
        {"a flag not as wanted", flag(Fact::spam, true), false, Truth::no, "spam is false"},
        {"a flag wanted false", flag(Fact::spam, false), false, Truth::yes, "spam is false"},
        {"one of several words", words(Fact::sender_is, {"organizer", "sent_by"}), Words{"sent_by"}, Truth::yes,
         "sender_is is sent_by"},
        {"none of the words", words(Fact::sender_is, {"organizer", "sent_by"}), Words{"other"}, Truth::no,
         "sender_is is other, not organizer or sent_by"},
        {"a sender in two roles", words(Fact::sender_is, {"attendee"}), Words{"organizer", "attendee"}, Truth::yes,
         "sender_is is organizer, attendee"},
        {"a pattern", words(Fact::sender, {"*@example.org"}), Words{"carol@example.org"}, Truth::yes,
         "sender is carol@example.org"},
        {"no pattern matches", words(Fact::sender, {"*@example.org", "*@example.net"}), Words{"carol@example.com"},
         Truth::no, "sender is carol@example.com, which does not match *@example.org or *@example.net"},
        {"nobody signed", words(Fact::signed_by, {"*"}), Words{}, Truth::no,
         "signed_by is empty, which does not match *"},
        {"one of many signers, and the list is cut short", words(Fact::signed_by, {"g.example"}),
         Words{"a.example", "b.example", "c.example", "d.example", "e.example", "f.example", "g.example"}, Truth::yes,
         "signed_by is a.example, b.example, c.example, d.example, e.example and 2 more"},
        {"a word is no pattern", words(Fact::method, {"REQ*"}), Words{"REQUEST"}, Truth::no,
         "method is REQUEST, not REQ*"},
        {"no hazards", words(Fact::hazards, {"none"}), Words{}, Truth::yes, "hazards is none"},
        {"a hazard where none is wanted", words(Fact::hazards, {"none"}), Words{"too_long"}, Truth::no,
         "hazards is too_long, not none"},
        {"any hazard", words(Fact::hazards, {"any"}), Words{"too_long"}, Truth::yes, "hazards is too_long"},
        {"any hazard, but there is none", words(Fact::hazards, {"any"}), Words{}, Truth::no,
         "hazards is none, not any"},
        {"one hazard by its word", words(Fact::hazards, {"sub_daily", "too_long"}), Words{"many_alarms", "too_long"},
         Truth::yes, "hazards is many_alarms, too_long"},
        {"what nobody could find out", flag(Fact::known_uid, true), not_asked, Truth::unknown,
         "known_uid is unknown: the calendar was not asked"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        const Judged got = judge(row.condition, {{row.condition.fact, row.value}});
        CHECK(got.truth == row.want);
        CHECK(got.because == row.because);
    }
}

TEST_CASE("conditions combine in three values and ask no more than needed") {
    const std::map<Fact, FactValue> values{{Fact::spam, true},
                                           {Fact::mailing_list, false},
                                           {Fact::known_uid, not_asked},
                                           {Fact::address_book, policy::rules::Unknown{"no answer"}}};
    const Condition yes = flag(Fact::spam, true);
    const Condition no = flag(Fact::mailing_list, true);
    const Condition unknown = flag(Fact::known_uid, true);
    struct Row {
        const char* sentence;
        Condition condition;
        Truth want;
        const char* because;
        Words asked;
    };
    const Row rows[] = {
        {"all of yes and no", all({yes, no}), Truth::no, "mailing_list is false", {"spam", "mailing_list"}},
        {"all stops at the first no", all({no, yes}), Truth::no, "mailing_list is false", {"mailing_list"}},
        {"all of yes", all({yes, yes}), Truth::yes, "spam is true; spam is true", {"spam", "spam"}},
        {"an unknown does not stop looking for a no",
         all({unknown, no}),
         Truth::no,
         "mailing_list is false",
         {"known_uid", "mailing_list"}},
        {"a no saves the asking", all({no, unknown}), Truth::no, "mailing_list is false", {"mailing_list"}},
        {"all of unknown and yes",
         all({unknown, yes}),
         Truth::unknown,
         "known_uid is unknown: the calendar was not asked",
         {"known_uid", "spam"}},
        {"two unknowns are both told",
         all({unknown, flag(Fact::address_book, true)}),
         Truth::unknown,
         "known_uid is unknown: the calendar was not asked; address_book is unknown: no answer",
         {"known_uid", "address_book"}},
        {"any stops at the first yes", any({yes, unknown}), Truth::yes, "spam is true", {"spam"}},
        {"an unknown does not stop looking for a yes",
         any({unknown, yes}),
         Truth::yes,
         "spam is true",
         {"known_uid", "spam"}},
        {"any of unknown and no",
         any({unknown, no}),
         Truth::unknown,
         "known_uid is unknown: the calendar was not asked",
         {"known_uid", "mailing_list"}},
        {"any of no",
         any({no, no}),
         Truth::no,
         "mailing_list is false; mailing_list is false",
         {"mailing_list", "mailing_list"}},
        {"not yes", negated(yes), Truth::no, "spam is true", {"spam"}},
        {"not no", negated(no), Truth::yes, "mailing_list is false", {"mailing_list"}},
        {"not unknown",
         negated(unknown),
         Truth::unknown,
         "known_uid is unknown: the calendar was not asked",
         {"known_uid"}},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        const Judged got = judge(row.condition, values);
        CHECK(got.truth == row.want);
        CHECK(got.because == row.because);
        CHECK(got.asked == row.asked);
    }
}

TEST_CASE("the first rule that matches decides") {
    policy::rules::Policy rules;
    rules.rules = {rule("lists", flag(Fact::mailing_list, true)), rule("spam", flag(Fact::spam, true)),
                   rule("known", flag(Fact::known_uid, true))};
    rules.rules[1].action.mail = policy::rules::MailAction::quarantine;
    rules.otherwise_place = "rules.yaml:9:1";

    SUBCASE("and no later one is looked at") {
        Table facts({{Fact::mailing_list, false}, {Fact::spam, true}});
        const auto decision = policy::rules::decide(rules, facts);
        CHECK(decision.rule == "spam");
        CHECK(decision.place == "rules.yaml:3:5");
        CHECK(decision.action.calendar == policy::rules::CalendarAction::apply);
        CHECK(decision.action.mail == policy::rules::MailAction::quarantine);
        CHECK_FALSE(decision.deferred);
        CHECK(decision.because == "rule 'spam' matched: spam is true");
        CHECK(decision.trace.size() == 2);
        CHECK(facts.asked == Words{"mailing_list", "spam"});
    }
    SUBCASE("a rule that hangs on an unknown fact stops the search, and nothing is done to mail or calendar") {
        Table facts({{Fact::mailing_list, false}, {Fact::spam, policy::rules::Unknown{"no answer"}}});
        const auto decision = policy::rules::decide(rules, facts);
        CHECK(decision.deferred);
        CHECK(decision.rule == "spam");
        CHECK(decision.action.calendar == policy::rules::CalendarAction::ignore);
        CHECK(decision.action.mail == policy::rules::MailAction::deliver);
        CHECK(decision.because == "rule 'spam' cannot be decided yet: spam is unknown: no answer");
        CHECK(facts.asked == Words{"mailing_list", "spam"});
    }
    SUBCASE("otherwise holds when none does") {
        Table facts({{Fact::mailing_list, false}, {Fact::spam, false}, {Fact::known_uid, false}});
        const auto decision = policy::rules::decide(rules, facts);
        CHECK(decision.rule == "otherwise");
        CHECK(decision.place == "rules.yaml:9:1");
        CHECK(decision.because == "no rule matched, so 'otherwise' applies");
        CHECK(decision.action.calendar == policy::rules::CalendarAction::ignore);
        CHECK(decision.trace.size() == 3);
    }
}

TEST_CASE("what the deciding rule names gives leave, unless it names it by way of not") {
    const std::map<Fact, FactValue> values{
        {Fact::method, Words{"PUBLISH"}}, {Fact::sender_is, Words{"sent_by"}}, {Fact::spam, false}};
    struct Row {
        const char* sentence;
        Condition condition;
        bool sent_by, publish;
    };
    const Row rows[] = {
        {"neither", flag(Fact::spam, false), false, false},
        {"sent_by among others", words(Fact::sender_is, {"organizer", "sent_by"}), true, false},
        {"PUBLISH deep down", all({any({words(Fact::method, {"REQUEST", "PUBLISH"})})}), false, true},
        {"both", all({words(Fact::method, {"PUBLISH"}), words(Fact::sender_is, {"sent_by"})}), true, true},
        {"not something else", negated(words(Fact::sender_is, {"other"})), false, false},
        {"not (not sent_by) names nothing", negated(negated(words(Fact::sender_is, {"sent_by"}))), false, false},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        policy::rules::Policy one;
        one.rules.push_back(rule("one", row.condition));
        Table facts(values);
        const auto decision = policy::rules::decide(one, facts);
        REQUIRE(decision.rule == "one");
        CHECK(decision.names_sent_by == row.sent_by);
        CHECK(decision.names_publish == row.publish);
    }
}

TEST_CASE("the deciding rule found the sender known when one of its conditions says so and holds") {
    const std::map<Fact, FactValue> values{
        {Fact::address_book, true}, {Fact::correspondent, false}, {Fact::same_domain, true}, {Fact::spam, false}};
    struct Row {
        const char* sentence;
        Condition condition;
        bool known;
    };
    const Row rows[] = {
        {"it asks for something else", flag(Fact::spam, false), false},
        {"an address book knows the sender", all({flag(Fact::spam, false), flag(Fact::address_book, true)}), true},
        {"they are of one domain", flag(Fact::same_domain, true), true},
        {"it asks that the sender be unknown", flag(Fact::correspondent, false), false},
        {"another alternative held", any({flag(Fact::spam, false), flag(Fact::address_book, true)}), false},
        {"this alternative held", any({flag(Fact::spam, true), flag(Fact::address_book, true)}), true},
        {"by way of not", negated(negated(flag(Fact::address_book, true))), false},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        policy::rules::Policy one;
        one.rules.push_back(rule("one", row.condition));
        Table facts(values);
        const auto decision = policy::rules::decide(one, facts);
        REQUIRE(decision.rule == "one");
        CHECK(decision.sender_known == row.known);
    }
}
