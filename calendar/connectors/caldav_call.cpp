#include "calendar/connectors/caldav_call.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/sha256.h"
#include "calendar/net/dav_status.h"

namespace calendar::connectors {

tl::unexpected<base::Trouble> unseen(std::string what) {
    return tl::unexpected<base::Trouble>(base::Temporary{std::move(what), std::nullopt, base::Reach::user});
}

bool broken(int status) {
    return status == 429 || (status >= 500 && status != 501);
}

/// For the next request.
base::Result<std::chrono::milliseconds> CaldavCall::time_left(std::chrono::milliseconds most) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - now_());
    if (left.count() > 0) return std::min(most, left);
    return unseen(fmt::format("{:.300}: no time left, the requests before took too long", site_.url(place.path)));
}

base::Result<net::Response> CaldavCall::send(net::Request request, std::chrono::milliseconds most) const {
    return time_left(most).and_then([&](std::chrono::milliseconds timeout) {
        request.timeout = timeout;
        return site_.send(place, std::move(request));
    });
}

base::Result<std::optional<Stored>> CaldavCall::get(const std::string& path) const {
    net::Request request;
    request.method = "GET";
    request.path = path;
    auto response = send(request);
    if (!response) return tl::unexpected(response.error());
    if (net::gone(response->status)) return std::nullopt;
    if (auto trouble = site_.trouble(request.method, request.path, *response))
        return tl::unexpected(std::move(*trouble));
    auto version = response->header("etag");
    if (!net::strong_etag(version)) version = base::sha256(response->body);
    return Stored{path, std::move(version), std::move(response->body)};
}

base::Result<std::optional<std::vector<net::DavResponse>>> CaldavCall::ask(const net::DavQuery& query,
                                                                           std::span<const int> refusals) const {
    return time_left(timeout_)
        .and_then([&](std::chrono::milliseconds timeout) { return site_.send(place, query, timeout); })
        .and_then([&](const net::Response& response) { return site_.read(query, response, refusals); });
}

base::Result<std::optional<net::DavResponse>> CaldavCall::look_up(const std::string& path, std::string body,
                                                                  std::span<const int> refusals) const {
    return ask({.method = "PROPFIND", .depth = "0", .path = path, .body = std::move(body)}, refusals)
        .map([](auto responses) -> std::optional<net::DavResponse> {
            if (!responses || responses->empty()) return std::nullopt;
            return std::move(responses->front());
        });
}

}  // namespace calendar::connectors
