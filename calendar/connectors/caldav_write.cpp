#include <utility>

#include "calendar/base/sha256.h"
#include "calendar/connectors/caldav.h"
#include "calendar/connectors/object.h"
#include "calendar/net/dav_path.h"
#include "calendar/net/dav_status.h"

namespace calendar::connectors {

/// A write. Some servers send all their mail before they reply: it may take as long as the call. One that ends in a
/// time-out may have been followed. It is not repeated here: the next try begins with fetch().
base::Result<net::Response> Caldav::write(const Call& call, net::Request request) {
    const auto left = time_left(call);
    if (!left) return tl::unexpected(left.error());
    request.timeout = *left;
    // sabre/dav; Cyrus; Nextcloud. Other servers ignore them.
    if (options_.quiet)
        for (const auto& [name, value] :
             {std::pair("Schedule-Reply", "F"), {"Scheduling-Enabled", "F"}, {"X-NC-Scheduling", "false"}})
            request.headers.emplace_back(name, value);
    return site_.send(call.place, std::move(request));
}

/// A request about `before` that the server only follows while it is as it was read.
base::Result<net::Request> Caldav::conditional(const Call& call, std::string method, const Stored& before) {
    net::Request request;
    request.method = std::move(method);
    if (!net::plain_path(before.name))
        return tl::unexpected(base::Permanent{"not a path on the calendar server: " + before.name});
    const auto path = net::encode_path(before.name);
    request.path = path;
    if (net::strong_etag(before.version)) {
        request.headers.emplace_back("If-Match", before.version);
        return request;
    }
    const auto current = get(call, path);
    if (!current) return tl::unexpected(current.error());
    if (*current && base::sha256((*current)->content) != before.version)
        return tl::unexpected(base::Conflict{site_.url(request.path) + " changed since it was read"});
    if (!*current && request.method == "PUT")
        return tl::unexpected(base::Conflict{site_.url(request.path) + " no longer exists"});
    return request;
}

base::Result<void> Caldav::store(const base::Owner& owner, const std::string& uid, const std::string& content,
                                 const std::optional<Stored>& before) {
    if (auto fits = check_size("the event", content.size()); !fits) return fits;
    const auto call = begin(owner);
    if (!call) return tl::unexpected(call.error());
    net::Request request;
    if (before) {
        auto put = conditional(*call, "PUT", *before);
        if (!put) return tl::unexpected(put.error());
        request = std::move(*put);
    } else {
        request.method = "PUT";
        request.path = call->place.path + base::percent_encode(object_name(uid));
        request.headers.emplace_back("If-None-Match", "*");
    }
    request.headers.emplace_back("Content-Type", "text/calendar; charset=utf-8");
    request.body = content;
    const auto response = write(*call, request);
    if (!response) return tl::unexpected(response.error());
    // Removed since it was read; a calendar that is gone as a whole shows at the next fetch.
    if (before && net::gone(response->status))
        return tl::unexpected(base::Conflict{site_.url(request.path) + " no longer exists"});
    if (auto trouble = site_.trouble(request.method, request.path, *response))
        return tl::unexpected(std::move(*trouble));
    return {};
}

base::Result<void> Caldav::remove(const base::Owner& owner, const std::string&, const Stored& before) {
    const auto call = begin(owner);
    if (!call) return tl::unexpected(call.error());
    const auto request = conditional(*call, "DELETE", before);
    if (!request) return tl::unexpected(request.error());
    const auto response = write(*call, *request);
    if (!response) return tl::unexpected(response.error());
    if (net::gone(response->status)) return {};
    if (auto trouble = site_.trouble(request->method, request->path, *response))
        return tl::unexpected(std::move(*trouble));
    return {};
}

}  // namespace calendar::connectors
