#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/text/reason.h"
#include "tests/calendar/itip/apply/matrix.h"

using namespace matrix;

namespace {

constexpr std::array<std::string_view, 8> methods{"REQUEST", "REPLY",   "CANCEL",         "ADD",
                                                  "PUBLISH", "COUNTER", "DECLINECOUNTER", "REFRESH"};
constexpr std::array<std::string_view, 4> stored_states{"unknown event", "known event", "known and cancelled",
                                                        "naked instances only"};
constexpr std::array<std::string_view, 5> senders{"organizer", "SENT-BY", "listed attendee", "delegate", "stranger"};
constexpr std::array<std::string_view, 3> orders{"newer", "same", "older"};
constexpr std::array<std::string_view, 3> scopes{"series", "instance", "this and future"};

/// Every combination, in the order of the file.
std::vector<std::string> all_cells() {
    std::vector<std::string> cells{""};
    for (const std::span<const std::string_view> words :
         {std::span<const std::string_view>(methods), std::span<const std::string_view>(stored_states),
          std::span<const std::string_view>(senders), std::span<const std::string_view>(orders),
          std::span<const std::string_view>(scopes)}) {
        std::vector<std::string> longer;
        for (const std::string& cell : cells)
            for (const std::string_view word : words)
                longer.push_back(cell + (cell.empty() ? "" : ",") + std::string(word));
        cells = std::move(longer);
    }
    return cells;
}

}  // namespace

TEST_CASE("the matrix has every cell exactly once, in order") {
    const std::vector<std::string> cells = all_cells();
    REQUIRE(cells.size() == 1440);
    const std::vector<Row> rows = read_rows();
    CHECK(rows.size() == cells.size());
    for (std::size_t at = 0; at < std::min(rows.size(), cells.size()); ++at)
        REQUIRE(rows[at].cell() == cells[at]);
}

TEST_CASE("a cell of the matrix has an outcome and a reason, or says why it cannot be") {
    std::size_t possible = 0;
    for (const Row& row : read_rows()) {
        INFO(row.cell());
        if (row.why.empty()) {
            ++possible;
            CHECK_FALSE(row.outcome.empty());
            CHECK(calendar::itip::reason_of(row.reason).has_value());
        } else {
            CHECK(row.answer() == " ");
            CHECK(row.why.find(' ') != std::string::npos);
        }
    }
    CHECK(possible > 800);
}
