#include <algorithm>
#include <array>

#include "calendar/connectors/caldav.h"
#include "calendar/itip/read/address.h"
#include "calendar/net/dav_path.h"

namespace calendar::connectors {
namespace {

/// What a server without scheduling, or one that does not show it to this login, may answer.
constexpr std::array refusals_of_a_principal = {400, 401, 403, 404, 405, 410, 412, 415, 422, 501};

/// Who is called what changes as seldom as people do.
constexpr std::chrono::hours owner_remembered{1};
constexpr std::size_t most_uris = 50;
constexpr std::size_t longest_uri = 1000;  // bytes

}  // namespace

/// What the server says of one resource; nothing when it refuses to.
base::Result<net::DavResponse> Caldav::look_up(const Call& call, const std::string& path, std::string body) {
    return answers(call, {.method = "PROPFIND", .depth = "0", .path = path, .body = std::move(body)},
                   refusals_of_a_principal)
        .map([](Responses responses) { return responses.empty() ? net::DavResponse() : std::move(responses.front()); });
}

/// What the server calls the owner of the calendar, other than by mail addresses (RFC 6638 2.4.1).
base::Result<std::vector<std::string>> Caldav::owner_uris(const Call& call) {
    const auto key = call.place.account.key() + '\n' + call.place.path;
    if (auto known = owners_.find(key)) return std::move(*known);
    const auto calendar = look_up(call, call.place.path, net::principals_query());
    if (!calendar) return tl::unexpected(calendar.error());
    // One account for all users is not the owner.
    const bool own_login = options_.login.is_personal();
    const std::string& principal = calendar->owner.empty() && own_login ? calendar->login : calendar->owner;
    std::vector<std::string> uris;
    if (const auto path = net::path_of_href(principal, call.place.path)) {
        auto owner = look_up(call, *path, net::user_addresses_query());
        if (!owner) return tl::unexpected(std::move(owner.error()));
        uris = std::move(owner->user_addresses);
    }
    std::erase_if(uris, [](const std::string& uri) {
        return uri.empty() || uri.size() > longest_uri || itip::calendar_user(uri).has_value();
    });
    if (uris.size() > most_uris) uris.resize(most_uris);
    owners_.put(key, uris, now_() + owner_remembered);
    return uris;
}

}  // namespace calendar::connectors
