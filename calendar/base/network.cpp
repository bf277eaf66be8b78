#include "calendar/base/network.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <arpa/inet.h>

namespace calendar::base {

namespace {

struct Ip {
    std::array<unsigned char, 16> bytes{};  ///< as IPv6 writes it; IPv4 as ::ffff:a.b.c.d
    bool is_v4 = false;                     ///< also when written as a mapped address
};

std::optional<Ip> parse_ip(std::string_view text) {
    constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string terminated(text);
    Ip ip;
    if (inet_pton(AF_INET, terminated.c_str(), ip.bytes.data() + mapped.size()) == 1) {
        std::copy(mapped.begin(), mapped.end(), ip.bytes.begin());
        ip.is_v4 = true;
        return ip;
    }
    if (inet_pton(AF_INET6, terminated.c_str(), ip.bytes.data()) != 1) return std::nullopt;
    ip.is_v4 = std::equal(mapped.begin(), mapped.end(), ip.bytes.begin());
    return ip;
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto base = parse_ip(text.substr(0, slash));
    if (!base) return std::nullopt;
    Network network;
    network.bytes_ = base->bytes;
    network.is_v4_ = base->is_v4;
    if (slash == std::string_view::npos) return network;
    const auto length = text.substr(slash + 1);
    const bool written_as_v4 = text.find(':') == std::string_view::npos;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), network.bits_);
    if (error != std::errc() || end != length.data() + length.size() || network.bits_ > (written_as_v4 ? 32U : 128U))
        return std::nullopt;
    if (written_as_v4) network.bits_ += 96;
    return network;
}

bool Network::contains(std::string_view ip) const {
    const auto address = parse_ip(ip);
    if (!address || address->is_v4 != is_v4_) return false;
    for (unsigned bit = 0; bit < bits_; bit += 8) {
        const unsigned mask = bits_ - bit >= 8 ? 0xffU : 0xffU << (8 - (bits_ - bit)) & 0xffU;
        if ((bytes_[bit / 8] & mask) != (address->bytes[bit / 8] & mask)) return false;
    }
    return true;
}

}  // namespace calendar::base
