#include <doctest/doctest.h>

#include "milter/mail/header_fields.h"

namespace {

std::string listed(std::string_view header) {
    std::string text;
    milter::mail::for_each_field(header, [&](std::string_view name, std::string_view value) {
        text.append(name).append("=").append(value).append("|");
    });
    return text;
}

}  // namespace

TEST_CASE("every field is given once, from top to bottom") {
    CHECK(listed("A: 1\r\nB:2\r\n") == "A=1|B=2|");
    CHECK(listed("A: 1\nB:2\n") == "A=1|B=2|");
    CHECK(listed("A: 1\r\n folded\r\n\tagain\r\nB: 2\r\n") == "A=1\r\n folded\r\n\tagain|B=2|");
    CHECK(listed("A:\r\nno field\r\n:nor this\r\nB: 2") == "A=|B=2|");
}

TEST_CASE("it stops at the empty line") {
    CHECK(listed("A: 1\r\n\r\nB: 2\r\n") == "A=1|");
}

TEST_CASE("the header of a message is what stands before its empty line") {
    CHECK(milter::mail::header_of("A: 1\r\nB: 2\r\n\r\nbody\r\n\r\n") == "A: 1\r\nB: 2\r\n");
    CHECK(milter::mail::header_of("A: 1\n\nbody\r\n\r\n") == "A: 1\n");
    CHECK(milter::mail::header_of("A: 1\r\n") == "A: 1\r\n");
}

TEST_CASE("names compare without case") {
    CHECK(milter::mail::same_name("content-TYPE", "Content-Type"));
    CHECK_FALSE(milter::mail::same_name("Content-Typ", "Content-Type"));
}
