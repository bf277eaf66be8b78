#include "milter/authentication/dkim/public_keys.h"

#define OPENSSL_SUPPRESS_DEPRECATED  // ENGINE is, in favour of what is too slow here
#include <openssl/engine.h>
#include <openssl/evp.h>

namespace milter::authentication {

#ifndef OPENSSL_NO_ENGINE

namespace {

/// Gives the list of the kinds of key that the engine is for, or the method for one kind: OpenSSL's own.
int methods(ENGINE*, EVP_PKEY_METHOD** method, const int** kinds, int kind) noexcept {
    static constexpr int rsa = EVP_PKEY_RSA;
    if (method == nullptr) {
        *kinds = &rsa;
        return 1;
    }
    *method = kind == rsa ? const_cast<EVP_PKEY_METHOD*>(EVP_PKEY_meth_find(rsa)) : nullptr;
    return *method == nullptr ? 0 : 1;
}

/// An engine that does nothing of its own. For kinds of key that an engine is for, OpenSSL asks no decoders.
ENGINE* made() noexcept {
    ENGINE* const engine = ENGINE_new();
    if (engine != nullptr && ENGINE_set_id(engine, "rsa-as-is") == 1 &&
        ENGINE_set_name(engine, "OpenSSL's own RSA, its public keys read directly") == 1 &&
        ENGINE_set_pkey_meths(engine, &methods) == 1 && ENGINE_register_pkey_meths(engine) == 1)
        return engine;
    ENGINE_free(engine);
    return nullptr;
}

}  // namespace

void read_public_keys_directly() noexcept {
    [[maybe_unused]] static ENGINE* const for_ever = made();
}

#else

void read_public_keys_directly() noexcept {}

#endif

}  // namespace milter::authentication
