#include <string>

#include <doctest/doctest.h>

#include "policy/config/text/mistakes.h"
#include "policy/config/text/units.h"

namespace {

using policy::config::parse_duration;
using policy::config::parse_size;

long long milliseconds(std::string_view text) {
    const auto duration = parse_duration(text);
    return duration ? static_cast<long long>(duration->count()) : -1;
}

}  // namespace

TEST_CASE("durations") {
    struct Row {
        const char* text;
        long long want;  ///< -1: none
    };
    const Row rows[] = {{"500ms", 500},      {"5s", 5000},
                        {"2m", 120'000},     {"1h", 3'600'000},
                        {"7d", 604'800'000}, {"0s", 0},
                        {"007s", 7000},      {"999999999d", 999'999'999LL * 86'400'000},
                        {"1000000000s", -1}, {"5", -1},
                        {"s", -1},           {"", -1},
                        {"-5s", -1},         {"5 s", -1},
                        {"1.5h", -1},        {"1h30m", -1},
                        {"5S", -1},          {"3y", 94'608'000'000},
                        {"999999999y", -1},  {"3years", -1},
                        {"5sec", -1}};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(milliseconds(row.text) == row.want);
    }
}

TEST_CASE("durations are written in the largest unit that needs no fraction") {
    for (const char* text : {"500ms", "90s", "2m", "25h", "7d", "0s"})
        CHECK(policy::config::duration_text(*parse_duration(text)) == text);
    CHECK(policy::config::duration_text(*parse_duration("3600s")) == "1h");
}

TEST_CASE("sizes") {
    CHECK(parse_size("100B") == 100);
    CHECK(parse_size("512KiB") == 512U * 1024);
    CHECK(parse_size("25MiB") == 25U * 1024 * 1024);
    CHECK(parse_size("1GiB") == 1024U * 1024 * 1024);
    for (const char* text : {"100", "25MB", "25mib", "MiB", "1 MiB", "1.5MiB", "-1B", ""}) {
        INFO(text);
        CHECK_FALSE(parse_size(text));
    }
}

TEST_CASE("a word that is nearly another gets a suggestion") {
    const std::vector<std::string_view> words{"signer", "sender", "spam", "any"};
    CHECK(policy::config::suggestion("singer", words) == " (did you mean 'signer'?)");
    CHECK(policy::config::suggestion("spma", {"spa"}) == " (did you mean 'spa'?)");
    CHECK(policy::config::suggestion("quarantine", words).empty());
    CHECK(policy::config::suggestion("", words).empty());
    CHECK(policy::config::suggestion(std::string(100'000, 'a'), words).empty());
}
