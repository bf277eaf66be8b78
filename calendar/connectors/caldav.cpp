#include "calendar/connectors/caldav.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/sha256.h"
#include "calendar/connectors/caldav_search.h"
#include "calendar/connectors/object.h"
#include "calendar/net/dav_path.h"
#include "calendar/net/dav_status.h"

namespace calendar::connectors {
namespace {

/// Of a reply: a search may show several objects, and XML makes them larger.
constexpr std::size_t reply_size = 4;

/// How many refused writes are remembered, and how long: the job is tried again before.
constexpr std::size_t most_elsewhere = 10'000;
constexpr std::chrono::minutes elsewhere_remembered{10};

std::string key_of(const CaldavCall& call, const std::string& uid) {
    return call.key + '\n' + uid;
}

std::string usual_path(const CaldavCall& call, const std::string& uid) {
    return call.place.path + base::percent_encode(object_name(uid));
}

}  // namespace

Caldav::Caldav(CaldavOptions options, base::Now now)
    : options_(std::move(options)),
      site_({.url = options_.url, .login = options_.login, .largest_reply = reply_size * largest_object}),
      now_(std::move(now)),
      users_(options_, now_),
      elsewhere_(most_elsewhere, elsewhere_.unlimited, now_) {}

base::Result<CaldavCall> Caldav::begin(const base::Owner& owner, base::Deadline deadline) {
    auto place = site_.place(owner, options_.principal.empty() ? options_.calendar : options_.principal);
    if (!place) return tl::unexpected(std::move(place.error()));
    const auto end = std::min(deadline, now_() + timeouts_of_call * options_.timeout);
    CaldavCall call(site_, *std::move(place), now_, end, options_.timeout);
    return users_.locate(call).map([&] { return call; });
}

base::Result<std::optional<Stored>> Caldav::fetch(const base::Owner& owner, const std::string& uid,
                                                  base::Deadline deadline) {
    const auto call = begin(owner, deadline);
    if (!call) return tl::unexpected(call.error());
    const bool used_digest = site_.uses_digest();
    auto found = find(*call, uid);
    // Some servers ask for the login at the home alone. What was asked before that was asked by nobody.
    if (found && !*found && site_.uses_digest() != used_digest) found = find(*call, uid);
    if (!found) users_.forget(*call);
    if (!found || !*found || !identify((*found)->content).uris) return found;
    auto uris = users_.owner_uris(*call);
    if (uris)
        (*found)->owner_uris = std::move(*uris);
    else if (std::holds_alternative<base::Temporary>(uris.error()))
        return tl::unexpected(std::move(uris.error()));
    return found;
}

base::Result<std::optional<Stored>> Caldav::find(const CaldavCall& call, const std::string& uid) {
    CaldavSearch search(call, uid);
    // Most events that are known were stored by us, and asking for one by its name is the cheapest question.
    if (const auto looked = search.look_under(usual_path(call, uid)); !looked) return tl::unexpected(looked.error());
    if (const auto named = elsewhere_.find(key_of(call, uid)); named && !search.done())
        if (const auto looked = search.look_under(*named); !looked) return tl::unexpected(looked.error());
    if (search.done()) return search.best();
    return users_.calendars(call).and_then([&](const auto& calendars) { return search.look_in(calendars); }).map([&] {
        return search.best();
    });
}

/// A write. Some servers send all their mail before they reply: it may take as long as the call. One that ends in a
/// time-out may have been followed. It is not repeated here: the next try begins with fetch().
base::Result<net::Response> Caldav::write(const CaldavCall& call, net::Request request) {
    // sabre/dav; Cyrus; Nextcloud. Other servers ignore them.
    if (options_.quiet)
        for (const auto& [name, value] :
             {std::pair("Schedule-Reply", "F"), {"Scheduling-Enabled", "F"}, {"X-NC-Scheduling", "false"}})
            request.headers.emplace_back(name, value);
    return call.send_slow(std::move(request));
}

/// A request about `before` that the server only follows while it is as it was read.
base::Result<net::Request> Caldav::conditional(const CaldavCall& call, std::string method, const Stored& before) const {
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
    const auto current = call.get(path);
    if (!current) return tl::unexpected(current.error());
    if (*current && base::sha256((*current)->content) != before.version)
        return tl::unexpected(base::Conflict{site_.url(request.path) + " changed since it was read"});
    if (!*current && request.method == "PUT")
        return tl::unexpected(base::Conflict{site_.url(request.path) + " no longer exists"});
    return request;
}

/// The reply, whatever it says. One that names where the UID is already is remembered for the next fetch().
base::Result<net::Response> Caldav::put(const CaldavCall& call, net::Request request, const std::string& uid,
                                        const std::string& content) {
    request.headers.emplace_back("Content-Type", "text/calendar; charset=utf-8");
    request.body = content;
    auto response = write(call, std::move(request));
    if (response && response->status >= 400)
        if (const auto path = net::path_of_href(net::read_condition_href(response->body), call.place.path))
            elsewhere_.put(key_of(call, uid), *path, now_() + elsewhere_remembered);
    return response;
}

/// Whether the object is there afterwards.
base::Result<bool> Caldav::create(const CaldavCall& call, const std::string& path, const std::string& uid,
                                  const std::string& content) {
    net::Request request;
    request.method = "PUT";
    request.path = path;
    request.headers.emplace_back("If-None-Match", "*");
    const auto response = put(call, request, uid, content);
    if (!response) return tl::unexpected(response.error());
    if (auto trouble = site_.trouble(request.method, path, *response)) return tl::unexpected(*std::move(trouble));
    constexpr int created = 201;
    if (response->status == created) return true;
    return call.get(path).map([](const auto& there) { return there.has_value(); });
}

base::Result<void> Caldav::store(const base::Owner& owner, const std::string& uid, const std::string& content,
                                 const std::optional<Stored>& before) {
    if (auto fits = check_size("the event", content.size()); !fits) return fits;
    const auto call = begin(owner);
    if (!call) return tl::unexpected(call.error());
    if (before) return replace(*call, uid, content, *before);
    // SOGo replies 204 for a name from which an event was moved away, and stores nothing.
    for (const auto& name : {object_name(uid), other_object_name(uid)}) {
        const auto there = create(*call, call->place.path + base::percent_encode(name), uid, content);
        if (!there) return tl::unexpected(there.error());
        if (*there) return {};
    }
    return tl::unexpected(
        base::Temporary{fmt::format("PUT {:.300}: the server replied that it stored the event, and does not have it",
                                    site_.url(call->place.path)),
                        std::nullopt, base::Reach::write});
}

base::Result<void> Caldav::replace(const CaldavCall& call, const std::string& uid, const std::string& content,
                                   const Stored& before) {
    const auto request = conditional(call, "PUT", before);
    if (!request) return tl::unexpected(request.error());
    const auto response = put(call, *request, uid, content);
    if (!response) return tl::unexpected(response.error());
    // Removed since it was read; a calendar that is gone as a whole shows at the next fetch.
    if (net::gone(response->status))
        return tl::unexpected(base::Conflict{site_.url(request->path) + " no longer exists"});
    if (auto trouble = site_.trouble(request->method, request->path, *response))
        return tl::unexpected(*std::move(trouble));
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
        return tl::unexpected(*std::move(trouble));
    return {};
}

}  // namespace calendar::connectors
