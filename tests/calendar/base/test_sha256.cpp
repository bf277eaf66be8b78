#include <doctest/doctest.h>

#include "calendar/base/sha256.h"

using namespace calendar::base;

TEST_CASE("SHA-256: the examples of FIPS 180-4, in one piece and in several") {
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 hash;
    hash.add("a");
    hash.add("");
    hash.add("bc");
    CHECK(hash.hex() == sha256("abc"));
}

TEST_CASE("HMAC-SHA-256: test case 2 of RFC 4231") {
    const std::string want(
        "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7"
        "\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43",
        32);
    CHECK(hmac_sha256("Jefe", "what do ya want for nothing?") == want);
}
