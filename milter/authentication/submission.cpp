#include "milter/authentication/submission.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include <arpa/inet.h>

#include "milter/mail/fields.h"

namespace milter::authentication {

namespace {

/// A network address as IPv6 writes it; IPv4 as ::ffff:a.b.c.d.
struct Ip {
    std::array<unsigned char, 16> bytes{};
    bool is_v4 = false;  ///< also when written as a mapped address
};

std::optional<Ip> parse_ip(std::string_view text) {
    constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const std::string terminated(text.substr(0, INET6_ADDRSTRLEN));
    if (terminated.size() != text.size()) return std::nullopt;
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

/// The domain of a login, when it has one, must be a domain of his: bob@example.org is not our bob@example.com.
bool is_login_of(const policy::users::User& user, std::string_view login) {
    if (mail::same(login, user.name)) return true;
    const auto address = calendar::itip::Address::parse(login);
    if (!address) return false;
    return std::any_of(user.addresses.begin(), user.addresses.end(), [&](const calendar::itip::Address& his) {
        return his == *address || (his.domain() == address->domain() && mail::same(address->local(), user.name));
    });
}

bool inside(const policy::config::Submission& options, std::string_view client_ip) {
    return std::any_of(options.networks.begin(), options.networks.end(),
                       [&](const std::string& network) { return within(client_ip, network); });
}

}  // namespace

bool within(std::string_view ip, std::string_view network) {
    const auto slash = network.find('/');
    const auto base = parse_ip(network.substr(0, slash));
    const auto address = parse_ip(ip);
    if (!base || !address || base->is_v4 != address->is_v4) return false;
    const bool written_as_v4 = network.find(':') == std::string_view::npos;
    unsigned bits = 128;
    if (slash != std::string_view::npos) {
        const auto length = network.substr(slash + 1);
        const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
        if (error != std::errc() || end != length.data() + length.size()) return false;
        if (bits > (written_as_v4 ? 32u : 128u)) return false;
        if (written_as_v4) bits += 96;
    }
    for (unsigned bit = 0; bit < bits; bit += 8) {
        const unsigned mask = bits - bit >= 8 ? 0xffu : 0xffu << (8 - (bits - bit)) & 0xffu;
        if ((base->bytes[bit / 8] & mask) != (address->bytes[bit / 8] & mask)) return false;
    }
    return true;
}

bool may_be_submitted(const policy::config::Submission& options, std::string_view auth_login,
                      std::string_view client_ip) {
    return (options.authenticated && !auth_login.empty()) || inside(options, client_ip);
}

bool submitted(const policy::config::Submission& options, const policy::users::Users& users,
               const std::optional<calendar::itip::Address>& from, std::string_view auth_login,
               std::string_view client_ip, calendar::base::Deadline deadline) {
    if (!from || !may_be_submitted(options, auth_login, client_ip)) return false;
    const auto user = users.find(*from, deadline);
    if (!user || !*user) return false;
    return inside(options, client_ip) || is_login_of(**user, auth_login);
}

}  // namespace milter::authentication
