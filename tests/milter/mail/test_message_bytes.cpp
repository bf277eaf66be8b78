#include <doctest/doctest.h>

#include "milter/mail/message_bytes.h"

using milter::mail::MessageBudget;
using milter::mail::MessageBytes;

namespace {

constexpr std::size_t plenty = std::size_t{1} << 30;

}  // namespace

TEST_CASE("a message up to 1 MiB is in memory, a larger one in a file, and both read the same") {
    for (const std::size_t over : {0U, 1U}) {
        CAPTURE(over);
        MessageBytes bytes(std::make_shared<MessageBudget>());
        std::string want(MessageBytes::largest_in_memory - 3 + over, 'a');
        CHECK(bytes.append(want, plenty));
        CHECK_FALSE(bytes.in_file());
        CHECK(bytes.append("bcd", plenty));
        CHECK(bytes.in_file() == (over == 1));
        want += "bcd";
        CHECK((bytes.view() == want));
        CHECK(bytes.append("e", plenty));  // what was looked at can grow
        want += "e";
        CHECK((bytes.view() == want));
        CHECK((bytes.view() == want));
        CHECK(bytes.size() == want.size());
    }
}

TEST_CASE("one message leaves nothing to the next") {
    MessageBytes bytes(std::make_shared<MessageBudget>());
    bytes.append(std::string(MessageBytes::largest_in_memory + 1, 'x'), plenty);
    CHECK(bytes.view().size() == MessageBytes::largest_in_memory + 1);
    bytes.clear();
    CHECK(bytes.view().empty());
    CHECK_FALSE(bytes.in_file());
    bytes.append("short", plenty);
    CHECK(bytes.view() == "short");
}

TEST_CASE("all messages together are as large as the limit says, and what ends makes room") {
    const auto budget = std::make_shared<MessageBudget>();
    MessageBytes first(budget);
    {
        MessageBytes second(budget);
        CHECK(first.append("12345", 10));
        CHECK(second.append("12345", 10));
        CHECK_FALSE(second.append("6", 10));
        CHECK_MESSAGE(second.view() == "12345", "what does not fit leaves it as it was");
        CHECK_FALSE(first.append("6", 10));
        CHECK(first.append("6", 11));
    }
    CHECK(budget->used() == 6);
    CHECK(first.append("7890", 10));
    first.clear();
    CHECK(budget->used() == 0);
}
