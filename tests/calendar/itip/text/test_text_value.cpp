#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/text/text_value.h"

TEST_CASE("a TEXT without its escapes") {
    for (const auto& [text, want] : std::vector<std::pair<std::string, std::string>>{
             {"", ""},
             {"plain", "plain"},
             {"a\\,b\\;c", "a,b;c"},
             {"\\\\n", "\\n"},
             {"one\\ntwo\\Nthree", "one\ntwo\nthree"},
             {"carol\\@example.org", "carol@example.org"},
             {"the end\\", "the end\\"},
         })
        CHECK_MESSAGE(calendar::itip::unescaped(text) == want, text);
}

TEST_CASE("text as TEXT") {
    for (const auto& [text, want] :
         std::vector<std::pair<std::string, std::string>>{{"Amsterdam, Berlin; Bern", "Amsterdam\\, Berlin\\; Bern"},
                                                          {"plain", "plain"},
                                                          {"as\\, it is", "as\\, it is"}})
        CHECK_MESSAGE(calendar::itip::escaped(text) == want, text);
}
