#include <doctest/doctest.h>

#include "milter/imipctl/simulation/progress.h"

using namespace milter::imipctl;

TEST_CASE("progress is a bar, a share and a rate") {
    using std::chrono::seconds;
    CHECK(progress_line(0, 100, 0, seconds(0)) == "[                              ]   0 %, 0 messages, 0/s");
    CHECK(progress_line(50, 100, 30, seconds(2)) == "[###############               ]  50 %, 30 messages, 15/s");
    CHECK(progress_line(100, 100, 30, seconds(2)) == "[##############################] 100 %, 30 messages, 15/s");
    CHECK(progress_line(300, 100, 30, seconds(2)).starts_with("[##############################] 100 %"));
    CHECK(progress_line(50, 0, 30, seconds(2)) == "30 messages, 15/s");
    CHECK(progress_line(1, 1, 1'000'000'000, seconds(1)).size() <= 79);
}
