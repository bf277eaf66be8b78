#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/imipctl/client/message_text.h"
#include "milter/imipctl/client/mta.h"

using namespace milter::imipctl;
using namespace std::string_literals;

TEST_CASE("the header of a changed message") {
    using Kind = Change::Kind;
    const std::string message = "A: 1\r\nB: 2\r\n fold\r\na: 3\r\n\r\nbody\r\n";
    struct Row {
        const char* name;
        Change change;
        const char* header;
    };
    const std::vector<Row> rows{
        {"a field is added at the end",
         {Kind::add_header, 0, "C", " 4\n 5"},
         "A: 1\r\nB: 2\r\n fold\r\na: 3\r\nC: 4\r\n 5\r\n"},
        {"a field is inserted on top",
         {Kind::insert_header, 0, "C", " 4"},
         "C: 4\r\nA: 1\r\nB: 2\r\n fold\r\na: 3\r\n"},
        {"a field is inserted past the end",
         {Kind::insert_header, 9, "C", " 4"},
         "A: 1\r\nB: 2\r\n fold\r\na: 3\r\nC: 4\r\n"},
        {"the second of a name is changed", {Kind::change_header, 2, "A", " 4"}, "A: 1\r\nB: 2\r\n fold\r\nA: 4\r\n"},
        {"a folded field is removed", {Kind::change_header, 1, "b", ""}, "A: 1\r\na: 3\r\n"},
        {"removing what is not there", {Kind::change_header, 3, "A", ""}, "A: 1\r\nB: 2\r\n fold\r\na: 3\r\n"},
        {"changing what is not there adds it",
         {Kind::change_header, 3, "A", " 4"},
         "A: 1\r\nB: 2\r\n fold\r\na: 3\r\nA: 4\r\n"},
        {"a change that is none of the header", {Kind::quarantine, 0, "", "x"}, "A: 1\r\nB: 2\r\n fold\r\na: 3\r\n"},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        CHECK(changed_message(message, {row.change}) == row.header + "\r\nbody\r\n"s);
    }
    CHECK(changed_message("A: 1\n\nbody\n", {{Kind::add_header, 0, "B", " 2"}}) == "A: 1\nB: 2\n\nbody\n");
}

TEST_CASE("where the header ends") {
    const auto rest_after_header = [](std::string_view message) {
        while (take_header_field(message)) {
        }
        return std::string(message);
    };
    CHECK(rest_after_header("A: 1\r\n\r\nbody") == "body");
    CHECK(rest_after_header("A: 1\nno field\nbody") == "no field\nbody");
    CHECK(rest_after_header("A : 1\n\nbody") == "body");
    CHECK(rest_after_header("\nbody") == "body");
    CHECK(rest_after_header("A: 1").empty());
    CHECK(rest_after_header("").empty());
}
