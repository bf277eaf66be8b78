#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "calendar/base/free_with.h"
#include "milter/authentication/dkim/public_keys.h"

namespace {

using calendar::base::FreeWith;
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

using Certificate = std::unique_ptr<X509, FreeWith<&X509_free>>;
using TlsSettings = std::unique_ptr<SSL_CTX, FreeWith<&SSL_CTX_free>>;
using Tls = std::unique_ptr<SSL, FreeWith<&SSL_free>>;

Certificate certificate(const Key& key) {
    Certificate made(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    const auto* const name = reinterpret_cast<const unsigned char*>("dav.example.com");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    REQUIRE(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
    return made;
}

/// Does a client that trusts only `trusted` take a server with this key and certificate?
bool shakes_hands(const Key& key, const Certificate& shown, const Certificate& trusted, int version) {
    const TlsSettings server_settings(SSL_CTX_new(TLS_server_method())),
        client_settings(SSL_CTX_new(TLS_client_method()));
    REQUIRE(SSL_CTX_use_certificate(server_settings.get(), shown.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(server_settings.get(), key.get()) == 1);
    REQUIRE(SSL_CTX_set_max_proto_version(client_settings.get(), version) == 1);
    SSL_CTX_set_verify(client_settings.get(), SSL_VERIFY_PEER, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client_settings.get()), trusted.get());
    const Tls server(SSL_new(server_settings.get())), client(SSL_new(client_settings.get()));
    BIO* here = nullptr;
    BIO* there = nullptr;
    REQUIRE(BIO_new_bio_pair(&here, 64 * 1024, &there, 64 * 1024) == 1);
    SSL_set_bio(server.get(), here, here);
    SSL_set_bio(client.get(), there, there);
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
    for (int step = 0; step < 10; ++step) {
        SSL_do_handshake(client.get());
        SSL_do_handshake(server.get());
    }
    return SSL_is_init_finished(client.get()) == 1 && SSL_is_init_finished(server.get()) == 1 &&
           SSL_version(client.get()) == version;
}

}  // namespace

TEST_CASE("public keys of RSA are read without OpenSSL's decoders") {
    milter::authentication::read_public_keys_directly();
    const Key key(EVP_RSA_gen(2048));
    REQUIRE(key);
    CHECK(EVP_PKEY_get0_provider(public_half(key).get()) == nullptr);  // what a decoder makes is its provider's
}

TEST_CASE("with public keys that were read directly signatures are verified and refused as before") {
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

TEST_CASE("TLS takes and refuses servers with keys of RSA as before") {
    milter::authentication::read_public_keys_directly();
    const Key key(EVP_RSA_gen(2048)), other_key(EVP_RSA_gen(2048));
    const Certificate own = certificate(key), other = certificate(other_key);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        CHECK(shakes_hands(key, own, own, version));
        CHECK_FALSE(shakes_hands(key, own, other, version));  // the names are the same, the keys are not
    }
}
