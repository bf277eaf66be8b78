#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace calendar::net {

/// Nothing but printable ASCII, and no space.
bool printable_ascii(std::string_view text);

/// Scheme, host and port of an http(s) URL.
class Origin {
  public:
    /// None for any other URL and for one that holds a user name or password.
    static std::optional<Origin> parse(const std::string& url);

    /// Of a path there, with the host as it was written.
    std::string url(std::string_view path) const { return written_ + std::string(path); }
    /// Scheme and host in lower case, the port always there: `https://dav.example.com:443`.
    const std::string& normal() const noexcept { return normal_; }
    bool operator==(const Origin& other) const noexcept { return normal_ == other.normal_; }

  private:
    std::string written_, normal_;
};

/// The URL that `reference` means where `base` is read (RFC 3986 5); empty when that is not a URL.
std::string resolve(const std::string& base, const std::string& reference);

}  // namespace calendar::net
