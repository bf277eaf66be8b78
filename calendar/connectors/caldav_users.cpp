#include "calendar/connectors/caldav_users.h"

#include <array>

#include <fmt/format.h>

#include "calendar/itip/read/address.h"
#include "calendar/net/dav_path.h"

namespace calendar::connectors {
namespace {

/// What a server without scheduling, or one that does not show it to this login, may answer.
constexpr std::array refusals_of_a_principal = {400, 401, 403, 404, 405, 410, 412, 415, 422, 501};
/// Of a home that cannot be listed; then the calendar itself is asked.
constexpr std::array refusals_of_home = {403, 404, 405, 410, 501};

constexpr std::size_t most_users = 10'000;
constexpr std::chrono::minutes place_remembered{10};
/// Who is called what changes as seldom as people do.
constexpr std::chrono::hours owner_remembered{1};
constexpr std::size_t most_uris = 50;
constexpr std::size_t longest_uri = 1000;  // bytes

/// A collection's path; none when there is no usable one.
std::optional<std::string> collection(const std::string& href, const std::string& below) {
    auto path = href.empty() ? std::nullopt : net::path_of_href(href, below);
    if (path && !path->ends_with('/')) *path += '/';
    return path;
}

/// What a collection lists. None when the status is one of `refusals`, or when it does not even list itself.
base::Result<std::optional<std::vector<ListedCalendar>>> list(const CaldavCall& call, const char* depth,
                                                              const std::string& path, std::span<const int> refusals) {
    const auto responses =
        call.ask({.method = "PROPFIND", .depth = depth, .path = path, .body = net::calendars_query()}, refusals);
    if (!responses) return tl::unexpected(responses.error());
    if (!*responses || (*responses)->empty()) return std::nullopt;
    std::vector<ListedCalendar> listed;
    for (const auto& each : **responses) {
        const auto said = [&](std::string_view what) {
            return unseen(fmt::format("PROPFIND {:.300}: {}", call.site().url(path), what));
        };
        if (net::cut_off(each.conditions) || (!each.calendar && broken(each.status)))
            return said(fmt::format("{} within the reply", each.status));
        if (each.anonymous && call.site().logs_in())
            return said("the server did not accept the login, and replied to everybody");
        const auto name = each.calendar ? collection(each.href, path) : std::nullopt;
        if (name)
            listed.push_back({*name, net::path_of_href(each.owner, path).value_or(""), each.components, each.created});
    }
    return listed;
}

}  // namespace

CaldavUsers::CaldavUsers(CaldavOptions options, const base::Now& now)
    : options_(std::move(options)),
      own_home_(options_.principal.empty() && options_.url.find('{') != std::string::npos),
      places_(most_users, places_.unlimited, now),
      owners_(most_users, owners_.unlimited, now) {}

base::Result<void> CaldavUsers::locate(CaldavCall& call) {
    if (options_.principal.empty() && !options_.calendar.empty()) return {};
    auto place = places_.find(call.key);
    if (!place) {
        auto found = discover(call);
        if (!found) return tl::unexpected(std::move(found.error()));
        places_.put(call.key, *found, call.now() + place_remembered);
        place = *std::move(found);
    }
    call.place.home = std::move(place->home);
    call.place.path = std::move(place->path);
    return {};
}

void CaldavUsers::forget(const CaldavCall& call) {
    if (places_.find(call.key)) places_.put(call.key, {}, call.now());
}

base::Result<net::DavPlace> CaldavUsers::discover(const CaldavCall& call) const {
    const auto owner = principal(call);
    if (!owner) return tl::unexpected(owner.error());
    CaldavCall there = call;
    if (!own_home_) {
        const auto home = collection(owner->home, owner->href);
        if (!home)
            return unseen(fmt::format("PROPFIND {:.300}: the server names no calendar home (calendar-home-set)",
                                      call.site().url(owner->href)));
        there.place.home = *home;
    }
    if (!options_.calendar.empty()) {
        there.place.path = there.place.home + net::encode_path(options_.calendar) + '/';
        return there.place;
    }
    return default_calendar(there, *owner).map([&](std::string path) {
        there.place.path = std::move(path);
        return there.place;
    });
}

/// What is said of the owner's principal; its href is the path. Of a home whose owner is not told: nothing.
base::Result<net::DavResponse> CaldavUsers::principal(const CaldavCall& call) const {
    std::string path = call.place.path;
    std::span<const int> refusals;
    if (own_home_) {
        refusals = refusals_of_a_principal;
        const auto home = call.look_up(path, net::principals_query(), refusals);
        if (!home) return tl::unexpected(home.error());
        const auto owner = *home ? net::path_of_href((*home)->owner, path) : std::nullopt;
        if (!owner) return net::DavResponse();
        path = *owner;
    } else if (options_.principal.empty()) {
        auto current = current_principal(call);
        if (!current) return tl::unexpected(std::move(current.error()));
        path = *std::move(current);
    }
    auto said = call.look_up(path, net::home_query(), refusals);
    if (!said) return tl::unexpected(std::move(said.error()));
    auto about = std::move(*said).value_or(net::DavResponse());
    about.href = std::move(path);
    return about;
}

/// The path of the principal that logs in (RFC 5397), asked where RFC 6764 5 says: at the URL, and when that is the
/// whole server, first at its well-known name.
base::Result<std::string> CaldavUsers::current_principal(const CaldavCall& call) const {
    std::vector<std::string> places{call.place.path};
    if (places.front() == "/") places.insert(places.begin(), "/.well-known/caldav");
    for (const auto& each : places) {
        const auto said = call.look_up(each, net::principals_query(), refusals_of_a_principal);
        if (!said) return tl::unexpected(said.error());
        if (const auto path = *said ? net::path_of_href((*said)->login, each) : std::nullopt) return *path;
    }
    return unseen(fmt::format("PROPFIND {:.300}: the server does not say who logged in (current-user-principal)",
                              call.site().url(call.place.path)));
}

base::Result<std::string> CaldavUsers::default_calendar(const CaldavCall& call,
                                                        const net::DavResponse& principal) const {
    if (const auto path = collection(principal.default_calendar, principal.href)) return *path;
    if (const auto inbox = collection(principal.inbox, principal.href)) {
        const auto said = call.look_up(*inbox, net::default_calendar_query(), refusals_of_a_principal);
        if (!said) return tl::unexpected(said.error());
        if (const auto path = *said ? collection((*said)->default_calendar, *inbox) : std::nullopt) return *path;
    }
    const auto listed = list(call, "1", call.place.home, {});
    if (!listed) return tl::unexpected(listed.error());
    if (auto oldest = oldest_for_events(listed->value_or(std::vector<ListedCalendar>()), principal.href))
        return *std::move(oldest);
    return unseen(
        fmt::format("PROPFIND {:.300}: no calendar there takes events; create one", call.site().url(call.place.home)));
}

base::Result<std::vector<ListedCalendar>> CaldavUsers::calendars(const CaldavCall& call) const {
    base::Result<std::optional<std::vector<ListedCalendar>>> listed;
    // With a placeholder in the name the calendars of several people stand in one home.
    if (options_.calendar.find('{') == std::string::npos) listed = list(call, "1", call.place.home, refusals_of_home);
    if (listed && !*listed) listed = list(call, "0", call.place.path, {});
    if (!listed) return tl::unexpected(std::move(listed.error()));
    if (!*listed)
        return unseen(
            fmt::format("PROPFIND {:.300}: the server shows nothing there", call.site().url(call.place.path)));
    return calendars_to_search(call.place.path, **listed);
}

base::Result<std::vector<std::string>> CaldavUsers::owner_uris(const CaldavCall& call) {
    if (auto known = owners_.find(call.key)) return std::move(*known);
    const auto calendar = call.look_up(call.place.path, net::principals_query(), refusals_of_a_principal);
    if (!calendar) return tl::unexpected(calendar.error());
    // One account for all users is not the owner.
    const auto whose = calendar->value_or(net::DavResponse());
    const std::string& principal = whose.owner.empty() && options_.login.is_personal() ? whose.login : whose.owner;
    std::vector<std::string> uris;
    if (const auto path = net::path_of_href(principal, call.place.path)) {
        auto owner = call.look_up(*path, net::user_addresses_query(), refusals_of_a_principal);
        if (!owner) return tl::unexpected(std::move(owner.error()));
        if (*owner) uris = std::move((*owner)->user_addresses);
    }
    std::erase_if(uris, [](const std::string& uri) {
        return uri.empty() || uri.size() > longest_uri || itip::calendar_user(uri).has_value();
    });
    if (uris.size() > most_uris) uris.resize(most_uris);
    owners_.put(call.key, uris, call.now() + owner_remembered);
    return uris;
}

}  // namespace calendar::connectors
