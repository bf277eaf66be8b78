#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/read/address.h"
#include "tests/support/text.h"

using calendar::itip::Address;

TEST_CASE("what is written in several ways is one address") {
    struct Row {
        const char* sentence;
        std::string_view text;
        std::string_view want;
    };
    const std::vector<Row> rows{
        {"plain", "bob@example.com", "bob@example.com"},
        {"mailto in any case", "MailTo:bob@example.com", "bob@example.com"},
        {"angle brackets", "<bob@example.com>", "bob@example.com"},
        {"angle brackets around a mailto", "<mailto:bob@example.com>", "bob@example.com"},
        {"both halves in lower case", "mailto:Bob.Example@EXAMPLE.Com", "bob.example@example.com"},
        {"blanks around", " mailto:bob@example.com ", "bob@example.com"},
        {"a blank behind mailto", "mailto: bob@example.com", "bob@example.com"},
        {"blanks and tabs wherever they may be", "<mailto:\t bob@example.com >", "bob@example.com"},
        {"percent escapes in a mailto", "mailto:bob%2Bcal@example.com", "bob+cal@example.com"},
        {"a percent sign that is no escape", "mailto:bob%zz@example.com", "bob%zz@example.com"},
        {"a percent sign outside of a mailto", "bob%2Bcal@example.com", "bob%2bcal@example.com"},
        {"an international domain", "bob@Bücher.example", "bob@xn--bcher-kva.example"},
        {"the same domain in its ASCII form", "bob@XN--BCHER-KVA.example", "bob@xn--bcher-kva.example"},
        {"sharp s is a letter of its own", "bob@straße.example", "bob@xn--strae-oqa.example"},
        {"an international domain in another form of Unicode",
         "bob@Bu\xCC\x88"
         "cher.example",
         "bob@xn--bcher-kva.example"},
        {"a dot of another script", "bob@bücher。example", "bob@xn--bcher-kva.example"},
        {"an underscore in an international domain", "bob@my_host.bücher.example", "bob@my_host.xn--bcher-kva.example"},
        {"an international local part", "jürgen@example.org", "jürgen@example.org"},
        {"quotes that are not needed", "\"Bob\"@example.com", "bob@example.com"},
        {"quotes that are needed", "mailto:%22Bob%20B%22@example.com", "\"bob b\"@example.com"},
        {"an underscore in a domain", "bob@my_host.example.org", "bob@my_host.example.org"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        const auto got = Address::parse(row.text);
        REQUIRE(got);
        CHECK(got->text() == row.want);
        CHECK(std::string(got->local()) + '@' + std::string(got->domain()) == row.want);
        CHECK(Address::parse(got->text()) == got);
    }
}

TEST_CASE("what is no address") {
    struct Row {
        const char* sentence;
        std::string_view text;
    };
    const std::string too_long = "bob@" + tests::repeated("ü.", 70) + "example";
    const std::vector<Row> rows{
        {"nothing", ""},
        {"a mailto of nothing", "mailto:"},
        {"no @", "bob.example.com"},
        {"two @", "bob@x@example.com"},
        {"a second @ by escape", "mailto:bob%40example.net@example.com"},
        {"no local part", "@example.com"},
        {"no domain", "bob@"},
        {"an empty label", "bob@example..com"},
        {"a final dot", "bob@example.com."},
        {"a blank inside", "bob @example.com"},
        {"a blank before the colon", "mailto :bob@example.com"},
        {"a blank by escape", "mailto:%20bob@example.com"},
        {"a control character", "bob\x01@example.com"},
        {"a line end by escape", "mailto:bob%0d%0a@example.com"},
        {"a NUL by escape", "mailto:bob%00@example.com"},
        {"a NUL in the domain", std::string_view("bob@example.com\0.example.org", 28)},
        {"another scheme", "invalid:nomail"},
        {"another scheme with an @", "sip:bob@example.com"},
        {"a urn", "urn:uuid:3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
        {"a principal's path", "/principals/users/bob"},
        {"header fields behind the address", "mailto:bob@example.com?subject=x"},
        {"two addresses", "mailto:bob@example.com,carol@example.org"},
        {"an address literal", "bob@[192.0.2.1]"},
        {"a quoted local part of nothing", "\"\"@example.com"},
        {"quotes that are not closed", "\"bob@example.com"},
        {"a quote within quotes", "\"b\\\"ob\"@example.com"},
        {"an @ within quotes", "\"bob@example.org\"@example.com"},
        {"a control character within quotes", "\"bob\x01 x\"@example.com"},
        {"invalid UTF-8", "b\xFFob@example.com"},
        {"a hyphen at the end of a label", "bob@example-.com"},
        {"a domain that IDNA refuses", "bob@xn--a.example"},
        {"an international domain that becomes too long", too_long},
        {"a mark at the beginning of an international label",
         "bob@\xCC\x88"
         "a.example"},
        {"a final dot behind an international domain", "bob@bücher.example."},
        {"a full-width @ in the domain", "bob@example\uFF20example.org"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK_FALSE(Address::parse(row.text));
    }
}

TEST_CASE("the longest label and address, and one byte more") {
    const auto label = [](std::size_t size) {
        return Address::parse("b@" + std::string(size, 'a') + ".example").has_value();
    };
    CHECK(label(63));
    CHECK_FALSE(label(64));
    const auto local = [](std::size_t size) {
        return Address::parse(std::string(size, 'a') + "@example.org").has_value();
    };
    CHECK(local(242));
    CHECK_FALSE(local(243));
}
