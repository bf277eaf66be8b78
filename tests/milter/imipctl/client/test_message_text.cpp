#include <string>

#include <doctest/doctest.h>

#include "milter/imipctl/client/message_text.h"

using namespace milter::imipctl;

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
