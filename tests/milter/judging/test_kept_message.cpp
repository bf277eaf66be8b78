#include <doctest/doctest.h>

#include "milter/judging/kept_message.h"

TEST_CASE("a mail that is kept with a job comes back byte for byte") {
    for (const std::string& mail : {std::string(), std::string("a"), std::string("ab"), std::string("abc"),
                                    std::string("\0\xff\r\n", 4), std::string(1000, 'x')}) {
        nlohmann::json saved = nlohmann::json::object();
        milter::judging::keep_message(saved, mail);
        const auto back = milter::judging::kept_message(nlohmann::json::parse(saved.dump()));
        REQUIRE(back);
        CHECK(*back == mail);
    }
}

TEST_CASE("a mail above the limit is not kept") {
    nlohmann::json saved = nlohmann::json::object();
    milter::judging::keep_message(saved, std::string(milter::judging::kept_message_limit, 'x'));
    CHECK(milter::judging::kept_message(saved));
    saved = nlohmann::json::object();
    milter::judging::keep_message(saved, std::string(milter::judging::kept_message_limit + 1, 'x'));
    CHECK_FALSE(milter::judging::kept_message(saved));
}

TEST_CASE("a kept mail that was damaged is a fault, not another mail") {
    for (const char* damaged : {"####", "YWJ", "YWJjYQ"}) {
        CAPTURE(damaged);
        CHECK_THROWS(milter::judging::kept_message({{"mail", damaged}}));
    }
}
