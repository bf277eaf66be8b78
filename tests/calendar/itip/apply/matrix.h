#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

/// tests/data/matrix.csv: what every combination of method, stored event, sender, order and scope comes to. The manual
/// imip-itip(7) prints the same table (tests/checks/matrix_table.py).
///
///     stored  an event with a weekly series and one override; the same, all of it STATUS:CANCELLED; two instances
///             without a series. SEQUENCE is 2.
///     sender  From address. The organizer, its SENT-BY (an assistant of its domain, named everywhere), an attendee who
///             is not the recipient, somebody to whom an attendee delegated, somebody whom nothing names. Who is no
///             attendee writes a REPLY in the name of one; the stranger in their own.
///     order   newer: SEQUENCE 3. older: SEQUENCE 1. same: SEQUENCE and DTSTAMP of what is stored, and where the method
///             brings content (REQUEST, PUBLISH, ADD) that content. A REPLY is held against the last one of the
///             attendee.
///     scope   series: no RECURRENCE-ID. instance: that of an override. this and future: the same with RANGE. An ADD is
///             for what is not there yet; `same` is then a second copy of it.
///
/// Options are the defaults, and a rule names `method: PUBLISH` and `sender_is: sent_by`.
namespace matrix {

struct Row {
    std::string method, stored, sender, order, scope, outcome, reason, why;

    std::string cell() const { return method + "," + stored + "," + sender + "," + order + "," + scope; }
    std::string answer() const { return outcome + ' ' + reason; }
};

inline std::vector<Row> read_rows() {
    std::ifstream file(std::filesystem::path(TEST_DATA) / "matrix.csv");
    std::string line;
    REQUIRE(std::getline(file, line));
    REQUIRE(line == "method,stored,sender,order,scope,outcome,reason,why");
    std::vector<Row> rows;
    while (std::getline(file, line)) {
        std::array<std::string, 8> fields;
        std::istringstream in(line);
        std::size_t count = 0;
        for (std::string field; std::getline(in, field, ',') && count < fields.size();)
            fields[count++] = field;
        REQUIRE_MESSAGE(std::ranges::count(line, ',') == 7, line);
        rows.push_back({fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], fields[7]});
    }
    return rows;
}

}  // namespace matrix
