#include <array>

#include <arpa/inet.h>

#include "calendar/itip/read/address.h"
#include "milter/imipctl/subcommands.h"

namespace milter::imipctl {

std::string no_mail_address(const std::string& text) {
    return calendar::itip::Address::parse(text) ? "" : text + " is no mail address";
}

std::string no_ip_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    const bool is_one = ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
                        ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
    return is_one ? "" : text + " is no IP address";
}

}  // namespace milter::imipctl
