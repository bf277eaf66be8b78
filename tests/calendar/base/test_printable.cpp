#include <doctest/doctest.h>

#include "calendar/base/printable.h"

using calendar::base::printable;
using calendar::base::quoted;

TEST_CASE("text of a stranger in a log or a header") {
    struct Case {
        std::string sentence;
        std::string_view text;
        std::size_t limit;
        std::string_view want;
    };
    for (const Case& c : {
             Case{"printable ASCII stays as it is", "Hello, \"World\" \\ ~", 200, "Hello, \"World\" \\ ~"},
             Case{"a line end cannot start a header field", "a\r\nX-Injected: yes", 200, "a??X-Injected: yes"},
             Case{"control characters and DEL do not reach a terminal", "a\x1b[31m\x7f\tb", 200, "a?[31m??b"},
             Case{"NUL does not end it", std::string_view("a\0b", 3), 200, "a?b"},
             Case{"each byte above ASCII is one question mark", "M\xc3\xa4rz", 200, "M??rz"},
             Case{"what just fits is not cut", "12345", 5, "12345"},
             Case{"what is longer ends in dots within the limit", "123456", 5, "12..."},
             Case{"a limit below the dots is kept", "123456", 2, ".."},
             Case{"nothing stays nothing", "", 5, ""},
         }) {
        INFO(c.sentence);
        CHECK(printable(c.text, c.limit) == c.want);
    }
}

TEST_CASE("text of a stranger as a quoted-string") {
    CHECK(quoted("simple") == "\"simple\"");
    CHECK(quoted("say \"hi\" \\ bye") == "\"say \\\"hi\\\" \\\\ bye\"");
    CHECK(quoted("a\r\nb") == "\"a??b\"");
    CHECK(quoted("") == "\"\"");
    CHECK_MESSAGE(quoted("=?utf-8?q?=22;_x?=") == "\"=\\?utf-8?q?=22;_x?=\"", "no encoded word");
    CHECK_MESSAGE(quoted("=\xc3\xa4?=?") == R"("=\?)"
                                            "?"
                                            "?"
                                            R"(=\?")",
                  "nor one that is made of what cannot be shown");
    CHECK(quoted("123456", 5) == "\"12...\"");
    CHECK(printable(std::string(300, 'x')).size() == 200);
}
