#include "policy/ldap/ldap_tls.h"

#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <ldap.h>

#include "calendar/base/free_with.h"

namespace policy::ldap {
namespace {

constexpr const char* system_certificates = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace

LdapResult<void> demand_certificate(LDAP* handle, const std::optional<std::filesystem::path>& ca_file) {
    const std::string certificates = ca_file ? ca_file->string() : system_certificates;
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int names = LDAP_OPT_X_TLS_TRY;  // the common name counts only where there is no other (RFC 6125 6.4.4)
    const int client = 0;
    const auto set = [handle](int option, const void* value) {
        return ldap_set_option(handle, option, value) == LDAP_OPT_SUCCESS;
    };
    if (set(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) && set(LDAP_OPT_X_TLS_REQUIRE_SAN, &names) &&
        set(LDAP_OPT_X_TLS_CACERTFILE, certificates.c_str()) && set(LDAP_OPT_X_TLS_NEWCTX, &client))
        return {};
    return tl::unexpected(LdapTrouble{"TLS: cannot use the certificates in " + certificates});
}

LdapResult<void> check_version(LDAP* handle) {
    // Every way of setting it beforehand for GnuTLS leaks in libldap.
    char* name = nullptr;
    ldap_get_option(handle, LDAP_OPT_X_TLS_VERSION, &name);
    const std::unique_ptr<char, calendar::base::FreeWith<&ldap_memfree>> owned(name);
    const std::string_view version = name != nullptr ? name : "unknown";
    if (version.ends_with("1.2") || version.ends_with("1.3")) return {};
    return tl::unexpected(LdapTrouble{fmt::format("TLS: version {} is too old; at least 1.2 is required", version)});
}

}  // namespace policy::ldap
