#include <doctest/doctest.h>

#include "milter/mail/header/content_fields.h"

using milter::mail::content_fields;

TEST_CASE("of a header stays what says what the content is, as it stands there") {
    CHECK(content_fields("From: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\nTo: b\r\n") ==
          "MIME-Version: 1.0\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\n");
    CHECK(content_fields("content-type: a\ncONTENT-id: b\nSubject: c\n folded\n\tagain\nContent-X: d\n") ==
          "content-type: a\ncONTENT-id: b\nContent-X: d\n");
    CHECK(content_fields("Content-Type: a\r\nContent-Type: b\r\n") == "Content-Type: a\r\nContent-Type: b\r\n");
    CHECK(content_fields("Content-Type: cut off") == "Content-Type: cut off");
    CHECK(content_fields("X-Content-Type: a\r\nContents: b\r\nContent: c\r\nMIME: d\r\n").empty());
    CHECK(content_fields("").empty());
}

TEST_CASE("a header with a line that is no field stays whole") {
    for (const std::string header :
         {"Subject: a\r\nno field\r\nContent-Type: b\r\n", "From carol Sat Nov 21\r\nTo: b\r\n", " folded\r\nTo: b\r\n",
          "\tfolded\r\nTo: b\r\n", ": no name\r\nTo: b\r\n", "Sub ject: a\r\nTo: b\r\n", "Subject : a\r\nTo: b\r\n",
          "Subj\xc3\xa4t: a\r\nTo: b\r\n", "To: b\r\n\r\r\n", "To: b\r\n\x01: c\r\n"}) {
        INFO(header);
        CHECK(content_fields(header) == header);
    }
}
