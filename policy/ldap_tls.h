#pragma once

#include <string>

struct ldap;

namespace policy {

/// What TLS has to be on a connection that has none yet: version 1.2 at least, with a certificate for the host of the
/// URL and by an authority of the file `certificates`. False: that file cannot be used.
bool demand_tls(ldap* handle, const std::string& certificates);

}  // namespace policy
