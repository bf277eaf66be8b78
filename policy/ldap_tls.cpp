#include "policy/ldap_tls.h"

#include <memory>
#include <string_view>

#include <ldap.h>

namespace policy {
namespace {

struct FreeText {
    void operator()(char* text) const noexcept { ldap_memfree(text); }
};

bool is_gnutls(LDAP* handle) {
    char* name = nullptr;
    ldap_get_option(handle, LDAP_OPT_X_TLS_PACKAGE, &name);
    const std::unique_ptr<char, FreeText> owned(name);
    return name != nullptr && std::string_view(name) == "GnuTLS";
}

}  // namespace

bool demand_tls(ldap* handle, const std::string& certificates) {
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int names = LDAP_OPT_X_TLS_TRY;  // the common name counts only where there is no other (RFC 6125 6.4.4)
    const int version = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    const int client = 0;
    const auto set = [handle](int option, const void* value) {
        return ldap_set_option(handle, option, value) == LDAP_OPT_SUCCESS;
    };
    // libldap does not hand the version on to GnuTLS.
    if (is_gnutls(handle) && !set(LDAP_OPT_X_TLS_CIPHER_SUITE, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"))
        return false;
    return set(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) && set(LDAP_OPT_X_TLS_REQUIRE_SAN, &names) &&
           set(LDAP_OPT_X_TLS_PROTOCOL_MIN, &version) && set(LDAP_OPT_X_TLS_CACERTFILE, certificates.c_str()) &&
           set(LDAP_OPT_X_TLS_NEWCTX, &client);
}

}  // namespace policy
