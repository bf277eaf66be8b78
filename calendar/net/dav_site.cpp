#include "calendar/net/dav_site.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "calendar/net/dav_path.h"
#include "calendar/net/dav_status.h"

namespace calendar::net {
namespace {

tl::unexpected<base::Trouble> permanent(std::string what) {
    return tl::unexpected<base::Trouble>(base::Permanent{std::move(what)});
}

/// Where the path of a URL begins.
std::size_t path_start(const std::string& url) {
    const auto scheme = url.find("://");
    return scheme == std::string::npos ? url.size() : std::min(url.find('/', scheme + 3), url.size());
}

std::string path_of(const std::string& url) {
    auto path = url.substr(path_start(url));
    return path.ends_with('/') ? path : path + '/';
}

/// The URL is not quoted in what is thrown: it may contain a password.
Origin origin_of(const std::string& url) {
    const auto site = url.substr(0, path_start(url));
    if (site.find('{') != std::string::npos)
        throw std::runtime_error(
            "the host of 'url' must not contain a placeholder: a sender could choose where the password is sent");
    auto origin = Origin::parse(site);
    if (!origin) throw std::runtime_error("'url' must be http://HOST/PATH/ or https://HOST/PATH/ without a user name");
    return *std::move(origin);
}

}  // namespace

DavSite::DavSite(DavOptions options)
    : options_(std::move(options)), path_(path_of(options_.url)), http_(origin_of(options_.url)) {
    check_files(options_.login);
}

base::Result<DavPlace> DavSite::place(const base::Owner& owner, const std::string& below) const {
    const bool beside = below.starts_with('/');
    const auto pattern = beside ? below : path_ + below;
    // Servers undo the percent-encoding before they look for "/" and "..", so only single names are filled in.
    if (const auto names = base::expand_path(pattern, owner); !names)
        return permanent(fmt::format("'{}' cannot be used for this user: ", beside ? "principal" : "url") +
                         names.error());
    auto path = encode_path(base::expand_url(pattern, owner));
    if (!path.ends_with('/')) path += '/';
    if (!plain_path(path)) return permanent("not a usable URL: " + url(path));
    return account_of(options_.login, owner).map([&](Account account) {
        auto home = beside ? path : encode_path(base::expand_url(path_, owner));
        return DavPlace{std::move(home), std::move(path), std::move(account)};
    });
}

base::Result<Response> DavSite::send(const DavPlace& place, Request request) {
    if (auto done = log_in(request, options_.login, place.account); !done) return tl::unexpected(done.error());
    request.login_path = place.home;
    request.max_response = options_.largest_reply;
    return http_.send(request);
}

base::Result<Response> DavSite::send(const DavPlace& place, const DavQuery& query, std::chrono::milliseconds timeout) {
    Request request;
    request.method = query.method;
    request.path = query.path;
    request.headers = {{"Depth", query.depth}, {"Content-Type", "text/xml; charset=utf-8"}};
    request.body = query.body;
    request.timeout = timeout;
    return send(place, std::move(request));
}

std::optional<base::Trouble> DavSite::trouble(std::string_view method, const std::string& path,
                                              const Response& response) const {
    auto trouble = trouble_of_status(method, url(path), response);
    auto* temporary = trouble ? std::get_if<base::Temporary>(&*trouble) : nullptr;
    if (temporary && response.status == 401 && options_.login.is_personal()) temporary->reach = base::Reach::user;
    return trouble;
}

base::Result<std::optional<std::vector<DavResponse>>> DavSite::read(const DavQuery& query, const Response& response,
                                                                    std::span<const int> refusals) const {
    const auto unusable = [&](const std::string& why) {
        return tl::unexpected<base::Trouble>(base::Temporary{
            fmt::format("{} {:.300}: {}", query.method, url(query.path), why), std::nullopt, base::Reach::user});
    };
    if (response.status != 207) {
        const bool refused = std::ranges::find(refusals, response.status) != refusals.end();
        if (refused && !cut_off(read_conditions(response.body))) return std::nullopt;
        if (auto said = trouble(query.method, query.path, response)) return tl::unexpected(std::move(*said));
        return unusable(fmt::format("{} is not a WebDAV reply; correct 'url'", response.status));
    }
    auto responses = read_multistatus(response.body);
    if (!responses) return unusable(responses.error());
    return std::move(*responses);
}

}  // namespace calendar::net
