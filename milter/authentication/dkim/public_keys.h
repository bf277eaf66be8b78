#pragma once

namespace milter::authentication {

/// From now on OpenSSL reads RSA public keys as it did before version 3, in the whole process. OpenSSL 3.0 looks
/// through all decoders that it has for each key, which takes several times as long as verifying a signature with it.
/// Where OpenSSL has no ENGINEs nothing changes. Call it before there are threads that use keys; later calls do
/// nothing.
void read_public_keys_directly() noexcept;

}  // namespace milter::authentication
