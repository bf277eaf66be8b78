#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace calendar::base {

/// SHA-256 (FIPS 180-4) of what is added, in the order of adding.
class Sha256 {
  public:
    Sha256();
    void add(std::string_view bytes);
    /// In lower-case hexadecimal; once.
    std::string hex();

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// SHA-256 in lower-case hexadecimal.
std::string sha256(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104): 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace calendar::base
