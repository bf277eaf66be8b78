#pragma once

#include <filesystem>
#include <optional>

#include "policy/ldap/ldap_connection.h"

/// What TLS of an LDAP connection has to be.
namespace policy::ldap {

/// Before it begins: the server has a certificate for the host of the URL, by an authority of this file; none: by one
/// that the system trusts.
LdapResult<void> demand_certificate(::ldap* handle, const std::optional<std::filesystem::path>& ca_file);

/// When it has begun: version 1.2 at least.
LdapResult<void> check_version(::ldap* handle);

}  // namespace policy::ldap
