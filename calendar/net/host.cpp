#include "calendar/net/host.h"

#include <memory>

#include <netdb.h>

#include "calendar/base/free_with.h"
#include "calendar/base/threads/background.h"

namespace calendar::net {
namespace {

base::Found<std::size_t> ask(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &first); error != 0)
        return tl::unexpected(host + ": " + ::gai_strerror(error));
    const std::unique_ptr<addrinfo, base::FreeWith<&::freeaddrinfo>> list(first);
    std::size_t count = 0;
    for (const addrinfo* each = first; each != nullptr; each = each->ai_next)
        ++count;
    return count;
}

}  // namespace

base::Found<std::size_t> count_addresses(const std::string& host, base::Deadline deadline) {
    auto count = base::ask_in_background([host] { return ask(host); }, deadline);
    if (!count) return tl::unexpected("cannot look up " + host + ": " + count.error());
    return *std::move(count);
}

}  // namespace calendar::net
