#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "milter/authentication/public_keys.h"

namespace {

template <auto function>
struct FreeWith {
    template <class T>
    void operator()(T* pointer) const {
        function(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<&EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, FreeWith<&EVP_MD_CTX_free>>;

constexpr std::string_view said = "what was signed";
const auto* const text = reinterpret_cast<const unsigned char*>(said.data());

Key public_half(const Key& key) {
    std::vector<unsigned char> der(4096);
    unsigned char* end = der.data();
    const int size = i2d_PUBKEY(key.get(), &end);
    REQUIRE(size > 0);
    const unsigned char* start = der.data();
    Key half(d2i_PUBKEY(nullptr, &start, size));
    REQUIRE(half);
    return half;
}

std::vector<unsigned char> signature(const Key& key, const char* digest, int padding) {
    const Digest context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* settings = nullptr;
    REQUIRE(EVP_DigestSignInit_ex(context.get(), &settings, digest, nullptr, nullptr, key.get(), nullptr) == 1);
    if (padding != 0) REQUIRE(EVP_PKEY_CTX_set_rsa_padding(settings, padding) == 1);
    std::size_t size = 0;
    REQUIRE(EVP_DigestSign(context.get(), nullptr, &size, text, said.size()) == 1);
    std::vector<unsigned char> bytes(size);
    REQUIRE(EVP_DigestSign(context.get(), bytes.data(), &size, text, said.size()) == 1);
    bytes.resize(size);
    return bytes;
}

bool verifies(const Key& key, const char* digest, int padding, const std::vector<unsigned char>& bytes) {
    const Digest context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* settings = nullptr;
    REQUIRE(EVP_DigestVerifyInit_ex(context.get(), &settings, digest, nullptr, nullptr, key.get(), nullptr) == 1);
    if (padding != 0) REQUIRE(EVP_PKEY_CTX_set_rsa_padding(settings, padding) == 1);
    return EVP_DigestVerify(context.get(), bytes.data(), bytes.size(), text, said.size()) == 1;
}

}  // namespace

TEST_CASE("public keys of RSA are read without OpenSSL's decoders") {
    milter::authentication::read_public_keys_directly();
    const Key key(EVP_RSA_gen(2048));
    REQUIRE(key);
    CHECK(EVP_PKEY_get0_provider(public_half(key).get()) == nullptr);  // what a decoder makes is its provider's
}

TEST_CASE("with public keys that were read directly TLS verifies and refuses as before") {
    milter::authentication::read_public_keys_directly();
    milter::authentication::read_public_keys_directly();
    const Key rsa(EVP_RSA_gen(2048)), ec(EVP_EC_gen("P-256"));
    const Key ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    struct Row {
        const char* sentence;
        const Key& key;
        const char* digest;
        int padding;
    };
    for (const Row& row : {
             Row{"RSA, PKCS #1", rsa, "SHA256", RSA_PKCS1_PADDING},
             Row{"RSA, PSS", rsa, "SHA384", RSA_PKCS1_PSS_PADDING},
             Row{"ECDSA", ec, "SHA256", 0},
             Row{"Ed25519", ed, nullptr, 0},
         }) {
        INFO(row.sentence);
        REQUIRE(row.key);
        const Key half = public_half(row.key);
        auto bytes = signature(row.key, row.digest, row.padding);
        CHECK(verifies(half, row.digest, row.padding, bytes));
        bytes.back() ^= 1;
        CHECK_FALSE(verifies(half, row.digest, row.padding, bytes));
    }
}
