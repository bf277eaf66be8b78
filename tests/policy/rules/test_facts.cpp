#include <set>

#include <doctest/doctest.h>

#include "calendar/itip/read/hazards/hazard.h"
#include "calendar/itip/read/message.h"
#include "policy/rules/facts.h"

TEST_CASE("every fact is found by its word, and no word stands twice") {
    std::set<std::string_view> words;
    for (const policy::rules::FactInfo& fact : policy::rules::all_facts()) {
        INFO(std::string(fact.word));
        CHECK(policy::rules::fact_of(fact.word) == fact.fact);
        CHECK(policy::rules::info(fact.fact).word == fact.word);
        CHECK(words.insert(fact.word).second);
    }
    CHECK(policy::rules::all_facts().size() == static_cast<std::size_t>(policy::rules::Fact::hazards) + 1);
    CHECK_FALSE(policy::rules::fact_of("singer"));
}

TEST_CASE("closed sets are those of the calendar library") {
    for (const std::string_view word : policy::rules::info(policy::rules::Fact::method).words) {
        INFO(std::string(word));
        const auto method = calendar::itip::method_of(word);
        REQUIRE(method);
        CHECK(calendar::itip::word(*method) == word);
    }
    for (const std::string_view word : policy::rules::info(policy::rules::Fact::hazards).words) {
        INFO(std::string(word));
        CHECK((word == "none" || word == "any" || calendar::itip::hazard_of(word)));
    }
}
