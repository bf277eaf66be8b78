#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace calendar::base {

/// An IPv4 or IPv6 network (CIDR, RFC 4632, RFC 4291 2.3), or a single address. A mapped IPv4 address (::ffff:a.b.c.d)
/// is the IPv4 address.
class Network {
  public:
    /// ADDRESS or ADDRESS/BITS.
    static std::optional<Network> parse(std::string_view text);

    /// `ip` is a textual address; anything else is in no network. IPv4 addresses are in no IPv6 network.
    bool contains(std::string_view ip) const;

  private:
    std::array<unsigned char, 16> bytes_{};
    bool is_v4_ = false;
    unsigned bits_ = 128;  ///< of bytes_, in which an IPv4 address is a mapped one
};

}  // namespace calendar::base
