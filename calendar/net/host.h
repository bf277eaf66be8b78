#pragma once

#include <cstddef>
#include <string>

#include "calendar/base/deadline.h"

namespace calendar::net {

/// How many addresses this machine's resolver finds for a host; one for an address. Never waits beyond `deadline`, as
/// getaddrinfo() can.
base::Found<std::size_t> count_addresses(const std::string& host, base::Deadline deadline);

}  // namespace calendar::net
