#include <set>

#include <doctest/doctest.h>

#include "calendar/itip/text/reason.h"
#include "tests/calendar/itip/reasons.h"

using namespace calendar::itip;

TEST_CASE("every reason has a word that names it and only it, and a sentence without a full stop") {
    std::set<std::string_view> words;
    std::set<std::string_view> sentences;
    for (const Reason reason : tests::all_reasons()) {
        INFO(word(reason));
        CHECK(reason_of(word(reason)) == reason);
        CHECK(words.insert(word(reason)).second);
        CHECK(sentences.insert(sentence(reason)).second);
        CHECK_FALSE(sentence(reason).ends_with('.'));
    }
}

TEST_CASE("the words are those of the interface") {
    CHECK(word(Reason::no_calendar) == "no_calendar");
    CHECK(word(Reason::mixed_methods) == "mixed_methods");
    CHECK(word(Reason::bad_recurrence_id) == "bad_recurrence_id");
    CHECK(word(Reason::cancelled_event) == "cancelled_event");
    CHECK(word(Reason::uninvited) == "uninvited");
}

TEST_CASE("what is no word is no reason") {
    CHECK_FALSE(reason_of(""));
    CHECK_FALSE(reason_of("Duplicate"));
    CHECK_FALSE(reason_of("duplicate "));
}
