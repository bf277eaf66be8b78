#include <string>

#include <doctest/doctest.h>

#include "policy/rules/pattern.h"

TEST_CASE("a pattern matches a text") {
    struct Row {
        const char* sentence;
        const char* pattern;
        const char* text;
        bool want;
    };
    const Row rows[] = {
        {"a plain pattern is the whole text", "carol@example.org", "carol@example.org", true},
        {"a plain pattern is no part of a text", "example.org", "carol@example.org", false},
        {"case does not count", "Carol@EXAMPLE.org", "cAROL@example.ORG", true},
        {"a star stands for any local part", "*@example.org", "carol@example.org", true},
        {"a star stands for nothing, too", "*@example.org", "@example.org", true},
        {"the domain is not a suffix of another", "*@example.org", "carol@notexample.org", false},
        {"a star does not stand for a dot that is missing", "*.example.org", "example.org", false},
        {"a subdomain", "*.example.org", "mail.example.org", true},
        {"text after the pattern", "*@example.org", "carol@example.org.example.com", false},
        {"the last star is extended as far as needed", "a*b*c", "a-b-c-b-c-c", true},
        {"nothing left for the end", "a*b*c", "a-b-c-b", false},
        {"a star alone", "*", "anything", true},
        {"an empty pattern matches nothing but nothing", "", "x", false},
        {"nothing", "", "", true},
        {"a question mark stands for itself", "?@example.org", "c@example.org", false},
        {"a dot stands for itself", "carol@example.org", "carol@exampleXorg", false},
        {"many stars", "***a***", "bab", true},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(policy::rules::matches(row.pattern, row.text) == row.want);
    }
}

TEST_CASE("many stars over a long text that nearly matches do not take long") {
    std::string pattern;
    for (int i = 0; i < 100; ++i)
        pattern += "*a";
    pattern += "*b";
    CHECK_FALSE(policy::rules::matches(pattern, std::string(10'000, 'a')));
}
