#include "calendar/net/host.h"

#include <future>
#include <memory>
#include <thread>

#include <netdb.h>

namespace calendar::net {
namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

base::Found<std::size_t> ask(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &first); error != 0)
        return tl::unexpected(host + ": " + ::gai_strerror(error));
    const std::unique_ptr<addrinfo, FreeAddresses> list(first);
    std::size_t count = 0;
    for (const addrinfo* each = first; each != nullptr; each = each->ai_next)
        ++count;
    return count;
}

}  // namespace

base::Found<std::size_t> count_addresses(const std::string& host, base::Deadline deadline) {
    // A thread of its own, which outlives the wait when it has to: it holds nothing of ours.
    std::promise<base::Found<std::size_t>> promise;
    auto answer = promise.get_future();
    std::thread([host, promise = std::move(promise)]() mutable { promise.set_value(ask(host)); }).detach();
    if (answer.wait_until(deadline) != std::future_status::ready)
        return tl::unexpected(host + ": no answer in time from the resolver");
    return answer.get();
}

}  // namespace calendar::net
