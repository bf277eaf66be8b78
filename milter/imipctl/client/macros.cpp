#include "milter/imipctl/client/macros.h"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "milter/imipctl/client/wire.h"

namespace milter::imipctl {
namespace {

/// Postfix's milter_*_macros defaults, by stage, for a milter that names none.
constexpr std::array<std::string_view, 7> usual{
    "j {daemon_name} {daemon_addr} v _",
    "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
    "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
    "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
    "i",
    "i",
    "i"};

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

Macros::Macros() {
    const std::string host = host_name();
    values_ = {{"j", host}, {"v", "imipctl"}, {"{daemon_name}", host}, {"{daemon_addr}", "127.0.0.1"}};
}

std::string Macros::packet(std::uint32_t stage) const {
    const auto requested = requested_.find(stage);
    std::string_view names = requested == requested_.end() ? usual.at(stage) : std::string_view(requested->second);
    std::string data;
    while (!names.empty()) {
        const auto end = std::min(names.find_first_of(" ,\t"), names.size());
        const auto macro = values_.find(names.substr(0, end));
        if (macro != values_.end()) data += with_nul(macro->first) + with_nul(macro->second);
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return data;
}

}  // namespace milter::imipctl
