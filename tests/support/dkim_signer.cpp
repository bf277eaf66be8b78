#include "tests/support/dkim_signer.h"

#include <memory>
#include <stdexcept>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#define _Bool bool  // a word of C that dkim.h uses
#include <opendkim/dkim.h>
#undef _Bool
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace tests {

namespace {

template <auto free>
struct FreeWith {
    template <class T>
    void operator()(T* pointer) const noexcept {
        free(pointer);
    }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Library = std::unique_ptr<DKIM_LIB, FreeWith<dkim_close>>;
using Handle = std::unique_ptr<DKIM, FreeWith<dkim_free>>;

u_char* bytes(std::string_view text) {
    return reinterpret_cast<u_char*>(const_cast<char*>(text.data()));
}

void check(int status, const char* what) {
    if (status != DKIM_STAT_OK) throw std::runtime_error("libopendkim does not sign: " + std::string(what));
}

std::string base64(const std::vector<unsigned char>& data) {
    std::vector<unsigned char> text(data.size() * 2 + 4);
    const int length = EVP_EncodeBlock(text.data(), data.data(), static_cast<int>(data.size()));
    return std::string(text.begin(), text.begin() + length);
}

std::string pem(EVP_PKEY* key) {
    const Memory memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

void feed_header(DKIM* dkim, std::string_view header) {
    while (!header.empty()) {
        std::size_t end = header.find("\r\n");
        while (end + 2 < header.size() && (header[end + 2] == ' ' || header[end + 2] == '\t'))
            end = header.find("\r\n", end + 2);
        check(dkim_header(dkim, bytes(header), end), "a header field");
        header.remove_prefix(end + 2);
    }
}

}  // namespace

std::string DkimKey::record(std::string_view flags) const {
    std::string text = kind == Kind::rsa ? "v=DKIM1; k=rsa; " : "v=DKIM1; k=ed25519; ";
    if (!flags.empty()) text.append("t=").append(flags).append("; ");
    return text + "p=" + public_key;
}

DkimKey rsa_key(unsigned bits) {
    const Pkey pkey(EVP_RSA_gen(bits));
    if (!pkey) throw std::runtime_error("OpenSSL makes no RSA key of this size");
    std::vector<unsigned char> der(static_cast<std::size_t>(i2d_PUBKEY(pkey.get(), nullptr)));
    unsigned char* at = der.data();
    i2d_PUBKEY(pkey.get(), &at);
    return {DkimKey::Kind::rsa, pem(pkey.get()), base64(der)};
}

DkimKey ed25519_key() {
    const Pkey pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!pkey) throw std::runtime_error("OpenSSL makes no Ed25519 key");
    std::vector<unsigned char> raw(32);
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(pkey.get(), raw.data(), &size);
    return {DkimKey::Kind::ed25519, pem(pkey.get()), base64(raw)};
}

std::string signed_mail(std::string_view mail, const DkimKey& key, const DkimSigning& signing) {
#ifdef __SANITIZE_ADDRESS__
    const __lsan::ScopedDisabler leaks;  // libopendkim forgets an Ed25519 key that it signed with
#endif
    const Library library(dkim_init(nullptr, nullptr));
    const auto set = [&](dkim_opts_t option, auto value) {
        check(dkim_options(library.get(), DKIM_OP_SETOPT, option, &value, sizeof value), "an option");
    };
    unsigned flags = 0;
    if (signing.length) flags |= DKIM_LIBFLAGS_SIGNLEN;
    set(DKIM_OPTS_FLAGS, flags);
    set(DKIM_OPTS_MINKEYBITS, 0u);
    if (signing.made_at != 0) set(DKIM_OPTS_FIXEDTIME, signing.made_at);
    if (signing.lasts != 0) set(DKIM_OPTS_SIGNATURETTL, signing.lasts);
    if (!signing.from_too) {
        const char* none[] = {nullptr};
        check(dkim_options(library.get(), DKIM_OP_SETOPT, DKIM_OPTS_REQUIREDHDRS, none, sizeof(char**)),
              "no required fields");
    }

    const auto canon = signing.relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
    const auto algorithm = key.kind == DkimKey::Kind::ed25519 ? DKIM_SIGN_ED25519SHA256
                           : signing.sha1                     ? DKIM_SIGN_RSASHA1
                                                              : DKIM_SIGN_RSASHA256;
    int status = DKIM_STAT_OK;
    const Handle dkim(dkim_sign(library.get(), bytes("test"), nullptr, bytes(key.private_key), bytes(signing.selector),
                                bytes(signing.domain), canon, canon, algorithm, signing.length.value_or(-1), &status));
    if (!dkim) check(status, "dkim_sign");
    if (!signing.identity.empty()) check(dkim_set_signer(dkim.get(), bytes(signing.identity)), "i=");
    std::vector<const char*> names;
    for (const auto& name : signing.fields)
        names.push_back(name.c_str());
    names.push_back(nullptr);
    if (!signing.fields.empty()) check(dkim_signhdrs(dkim.get(), names.data()), "fields");

    const auto end = mail.find("\r\n\r\n");
    if (end == std::string_view::npos) throw std::runtime_error("the mail has no empty line");
    feed_header(dkim.get(), mail.substr(0, end + 2));
    check(dkim_eoh(dkim.get()), "dkim_eoh");
    const auto body = mail.substr(end + 4);
    if (!body.empty()) check(dkim_body(dkim.get(), bytes(body), body.size()), "dkim_body");
    check(dkim_eom(dkim.get(), nullptr), "dkim_eom");

    u_char* value = nullptr;
    std::size_t size = 0;
    check(dkim_getsighdr_d(dkim.get(), sizeof DKIM_SIGNHEADER + 1, &value, &size), "dkim_getsighdr_d");
    return std::string(DKIM_SIGNHEADER ": ")
        .append(reinterpret_cast<const char*>(value), size)
        .append("\r\n")
        .append(mail);
}

}  // namespace tests
