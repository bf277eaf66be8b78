#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/text/content_line.h"

using namespace calendar::itip;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> all;
    for (LineReader reader(text); reader.next();)
        all.emplace_back(reader.line());
    return all;
}

}  // namespace

TEST_CASE("lines are unfolded, whatever bytes they hold") {
    struct Row {
        const char* sentence;
        std::string text;
        std::vector<std::string> want;
    };
    const std::vector<Row> rows{
        {"nothing", "", {}},
        {"LF and CRLF end a line, and so does the end of the text", "a:1\nb:2\r\nc:3", {"a:1", "b:2", "c:3"}},
        {"a blank or a tab continues the line before", "a:1\r\n 2\n\t3\nb:4", {"a:123", "b:4"}},
        {"a byte order mark and blank lines are skipped", "\xEF\xBB\xBF\r\n\na:1\n\n\nb:2\n", {"a:1", "b:2"}},
        {"a fold with nothing before it is a line", " a\nb", {" a", "b"}},
        {"what is no content line, and NUL",
         std::string("\0;:\"\n\xFF\xFE", 7),
         {std::string("\0;:\"", 4), "\xFF\xFE"}},
        {"a lone CR stays in its line", "a\rb\nc", {"a\rb", "c"}},
        {"CR CR LF ends a line", "a:1\r\r\n 2\r\r\n\r\r\nb:2\r\r\n", {"a:12", "b:2"}},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(lines_of(row.text) == row.want);
    }
}

TEST_CASE("a folded line of a million pieces is read in one go") {
    std::string text = "a:";
    for (int i = 0; i < 1'000'000; ++i)
        text += "\n x";
    LineReader reader(text);
    REQUIRE(reader.next());
    CHECK(reader.line().size() == 1'000'002);
    CHECK_FALSE(reader.next());
}

TEST_CASE("a line is split at the first colon outside of quotes, whatever it holds") {
    struct Row {
        const char* line;
        const char* name;
        const char* head;
        std::optional<std::string> value;
    };
    const std::vector<Row> rows{
        {"UID:a:b", "UID", "UID", "a:b"},
        {"UID;X=\"a:b\";Y=c:d", "UID", "UID;X=\"a:b\";Y=c", "d"},
        {"item1.EMAIL;TYPE=work:a@example.org", "item1.EMAIL", "item1.EMAIL;TYPE=work", "a@example.org"},
        {"UID:", "UID", "UID", ""},
        {"UID", "UID", "UID", std::nullopt},
        {"UID;X=\"a:b", "UID", "UID;X=\"a:b", std::nullopt},
        {"", "", "", std::nullopt},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.line));
        const LineHalves halves = split_line(row.line);
        CHECK(line_name(row.line) == row.name);
        CHECK(halves.head == row.head);
        CHECK(halves.value == row.value);
    }
}
