#include <doctest/doctest.h>

#include "milter/mail/header/header.h"

using milter::mail::Header;
using milter::mail::HeaderWriter;

namespace {

std::string listed(const Header& header) {
    std::string text;
    for (const auto& field : header.fields())
        text.append(field.name).append("=").append(field.text()).append("|");
    return text;
}

std::string listed(std::string_view message) {
    return listed(Header::of(message));
}

}  // namespace

TEST_CASE("every field is given once, from top to bottom") {
    CHECK(listed("A: 1\r\nB:2\r\n") == "A=1|B=2|");
    CHECK(listed("A: 1\nB:2\n") == "A=1|B=2|");
    CHECK(listed("A: 1\r\n folded\r\n\tagain\r\nB: 2\r\n") == "A=1\r\n folded\r\n\tagain|B=2|");
    CHECK(listed("A:\r\nno field\r\n:nor this\r\nB : 2") == "A=|B=2|");
    CHECK(listed("no field\r\n but: continued\r\nB: 2\r\n") == "B=2|");
}

TEST_CASE("a field is kept as it stands there") {
    const auto header = Header::of("A :  1\r\n 2\r\n");
    CHECK(header.fields().at(0).value == "  1\r\n 2");
    CHECK(header.fields().at(0).whole == "A :  1\r\n 2");
    CHECK(header.fields().at(0).is("a"));
    CHECK_FALSE(header.fields().at(0).is("aa"));
}

TEST_CASE("the header ends at the first empty line, and the body begins behind it") {
    struct Row {
        std::string message, header, body;
    };
    const Row rows[] = {
        {"A: 1\r\nB: 2\r\n\r\nC: 3\r\n\r\n", "A: 1\r\nB: 2\r\n", "C: 3\r\n\r\n"},
        {"A: 1\n\nbody\r\n\r\n", "A: 1\n", "body\r\n\r\n"},
        {"A: 1\r\n", "A: 1\r\n", ""},
        {"\r\nbody", "", "body"},
        {"", "", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.message);
        const auto header = Header::of(row.message);
        CHECK(header.bytes() == row.header);
        CHECK(header.body_of(row.message) == row.body);
    }
}

TEST_CASE("what was written field by field reads as if it had been parsed") {
    struct Row {
        std::string sentence;
        std::vector<std::pair<std::string, std::string>> fields;
        std::string want;
    };
    const Row rows[] = {
        {"no field", {}, ""},
        {"two", {{"From", " a@example.org"}, {"B", " 2"}}, "From=a@example.org|B=2|"},
        {"folds", {{"A", " 1\n\t2"}, {"B", " 1\r\n 2"}}, "A=1\r\n\t2|B=1\r\n 2|"},
        {"space before the colon", {{"From ", " a@example.org"}}, "From=a@example.org|"},
        {"a line end in a value that is no fold",
         {{"A", " 1\nFrom: b@example.org"}, {"From", " a@example.org"}},
         "A=1|From=b@example.org|From=a@example.org|"},
        {"an empty line in a value", {{"A", " 1\n\nB: 2"}}, "A=1|"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        HeaderWriter writer;
        std::string message;
        for (const auto& [name, value] : row.fields)
            message += writer.add(name, ":", value);
        message += "\r\nX: body\r\n";
        const auto header = writer.header(message);
        const auto parsed = Header::of(message);
        CHECK(listed(header) == row.want);
        CHECK(listed(parsed) == row.want);
        CHECK(header.bytes() == parsed.bytes());
        CHECK((header.from() == parsed.from()));
    }
}

TEST_CASE("no more fields are kept than are looked at, however they come") {
    HeaderWriter writer;
    std::string message;
    for (int i = 0; i < 5000; ++i)
        message += writer.add("A", ":", " 1");
    for (const auto& header : {writer.header(message), Header::of(message)}) {
        CHECK(header.too_many_fields());
        CHECK(header.fields().size() == milter::mail::most_fields + 1);
        CHECK(header.bytes() == message);
        CHECK(header.from().error() == "too many header fields");
    }
}

TEST_CASE("a writer keeps nothing of the message before") {
    HeaderWriter writer;
    std::string message;
    writer.add("A", ":", " 1\nX: 2");
    writer.clear();
    message = writer.add("B", ":", " 2");
    CHECK(listed(writer.header(message)) == "B=2|");
    CHECK(writer.header(message).bytes() == "B: 2\r\n");
}
