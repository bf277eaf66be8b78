#include <doctest/doctest.h>

#include "calendar/itip/read/organizational_domain.h"
#include "milter/authentication/alignment.h"

using calendar::itip::organizational_domain;
using milter::authentication::aligned;
using policy::config::Alignment;

TEST_CASE("the organizational domain") {
    CHECK_EQ(organizational_domain("mail.example.org"), "example.org");
    CHECK_EQ(organizational_domain("example.org"), "example.org");
    CHECK_EQ(organizational_domain("a.b.example.co.uk"), "example.co.uk");
    CHECK_EQ(organizational_domain("co.uk"), "co.uk");
    CHECK_EQ(organizational_domain("localhost"), "localhost");
    CHECK_EQ(organizational_domain("a.b.unheard-of"), "b.unheard-of");
    CHECK_EQ(organizational_domain(""), "");
}

TEST_CASE("who may sign for whom") {
    struct Row {
        std::string signer, from;
        bool relaxed, strict;
    };
    const Row rows[] = {
        {"example.org", "example.org", true, true},
        {"mail.example.org", "example.org", true, false},
        {"example.org", "mail.example.org", true, false},
        {"a.example.org", "b.example.org", true, false},
        {"example.net", "example.org", false, false},
        {"badexample.org", "example.org", false, false},
        {"co.uk", "example.co.uk", false, false},
        {"example.co.uk", "other.co.uk", false, false},
        {"mail.example.co.uk", "example.co.uk", true, false},
        {"org", "example.org", false, false},
        {"", "example.org", false, false},
        {"", "", false, false},
    };
    for (const auto& row : rows) {
        INFO(row.signer, " for ", row.from);
        CHECK_EQ(aligned(row.signer, row.from, Alignment::relaxed), row.relaxed);
        CHECK_EQ(aligned(row.signer, row.from, Alignment::strict), row.strict);
    }
}
