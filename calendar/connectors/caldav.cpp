#include "calendar/connectors/caldav.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "calendar/base/sha256.h"
#include "calendar/connectors/object.h"
#include "calendar/net/dav_path.h"
#include "calendar/net/dav_status.h"

namespace calendar::connectors {
namespace {

// What a calendar or home may answer to be left out of a search. Any other refusal may hide the event.
/// A calendar that was just asked for events and takes nothing else. Some servers then fail.
constexpr std::array refusals_of_a_kind = {400, 401, 403, 404, 405, 410, 412, 415, 422, 500, 501};
/// Of a home. A server may show the configured calendar to anybody, and ask for the login here.
constexpr std::array refusals_of_home = {403, 404, 405, 410, 501};
/// The home took the login just before, so 401 is for this place; what is gone was listed before.
constexpr std::array refusals_beside = {401, 403, 404, 405, 410, 501};

/// Objects that may be the event, are read in one call, and are not. Beyond a few, their UIDs are asked for first.
constexpr std::size_t most_read = 20;
constexpr std::size_t few = 4;

/// Of a reply: a search may show several objects, and XML makes them larger.
constexpr std::size_t reply_size = 4;

/// How many lists of a home's calendars are remembered, and how long.
constexpr std::size_t most_homes = 10'000;
constexpr std::chrono::minutes home_remembered{10};

tl::unexpected<base::Trouble> unseen(std::string what) {
    return tl::unexpected<base::Trouble>(base::Temporary{std::move(what), std::nullopt, base::Reach::user});
}

/// Beside the configured calendar nothing is lost by waiting until it can be looked at.
tl::unexpected<base::Trouble> not_for_good(base::Trouble trouble) {
    if (const auto* temporary = std::get_if<base::Temporary>(&trouble))
        return tl::unexpected<base::Trouble>(*temporary);
    return unseen(detail(trouble));
}

/// Trouble of the server's own with one item of an answer.
bool broken(int status) {
    return status == 429 || (status >= 500 && status != 501);
}

}  // namespace

Caldav::Caldav(CaldavOptions options, base::Now now)
    : options_(std::move(options)),
      site_({.url = options_.url, .login = options_.login, .largest_reply = reply_size * largest_object}),
      now_(now),
      homes_(most_homes, homes_.unlimited, now),
      owners_(most_homes, owners_.unlimited, std::move(now)) {}

base::Result<Caldav::Call> Caldav::begin(const base::Owner& owner, base::Deadline deadline) const {
    return site_.place(owner, options_.calendar).map([&](net::DavPlace place) {
        return Call{.place = std::move(place), .end = std::min(deadline, now_() + timeouts_of_call * options_.timeout)};
    });
}

/// For the next request.
base::Result<std::chrono::milliseconds> Caldav::time_left(const Call& call) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(call.end - now_());
    if (left.count() <= 0)
        return unseen(
            fmt::format("{:.300}: no time left, the requests before took too long", site_.url(call.place.path)));
    return left;
}

base::Result<net::Response> Caldav::send(const Call& call, net::Request request) {
    const auto left = time_left(call);
    if (!left) return tl::unexpected(left.error());
    request.timeout = std::min(options_.timeout, *left);
    return site_.send(call.place, std::move(request));
}

/// None when there is nothing of this name.
base::Result<std::optional<Stored>> Caldav::get(const Call& call, const std::string& path) {
    net::Request request;
    request.method = "GET";
    request.path = path;
    auto response = send(call, request);
    if (!response) return tl::unexpected(response.error());
    if (net::gone(response->status)) return std::nullopt;
    if (auto trouble = site_.trouble(request.method, request.path, *response))
        return tl::unexpected(std::move(*trouble));
    auto version = response->header("etag");
    if (!net::strong_etag(version)) version = base::sha256(response->body);
    return Stored{path, std::move(version), std::move(response->body)};
}

/// The multistatus in reply to a PROPFIND or REPORT; nothing in it when the status is one of `refusals`.
base::Result<Caldav::Responses> Caldav::ask(const Call& call, const char* method, const std::string& path,
                                            std::string body, std::span<const int> refusals) {
    return answers(call, {.method = method, .depth = "1", .path = path, .body = std::move(body)}, refusals);
}

base::Result<Caldav::Responses> Caldav::answers(const Call& call, net::DavQuery query, std::span<const int> refusals) {
    const auto left = time_left(call);
    if (!left) return tl::unexpected(left.error());
    return site_.send(call.place, query, std::min(options_.timeout, *left))
        .and_then([&](const net::Response& response) { return site_.read(query, response, refusals); })
        .map([](auto responses) { return std::move(responses).value_or(Responses()); });
}

/// Adds one item of what the calendar at `path` answered.
base::Result<void> Caldav::look_at(const Call& call, const std::string& path, const net::DavResponse& item,
                                   CaldavFound& found) {
    const auto what = fmt::format("REPORT {:.300}: {:.300}", site_.url(path), item.href);
    if (net::cut_off(item.conditions)) return unseen(what + ": the server did not show all that matches");
    const bool shown = !item.content.empty();
    if (!shown && broken(item.status)) return unseen(fmt::format("{}: {} within the reply", what, item.status));
    if (!shown && net::gone(item.status) && item.etag.empty()) return {};
    if (shown && !has_uid(identify(item.content), found.uid)) return {};
    const auto name = net::path_of_href(item.href, path);
    if (!name) return unseen(what + ": this may be the event, but its name is not a usable path");
    if (name->ends_with('/')) return {};  // a collection
    if (++found.others > most_read) return unseen(what + ": too many objects may be the event");
    auto whole = get(call, *name);
    if (!whole) return tl::unexpected(std::move(whole.error()));
    if (!*whole) return unseen(what + ": found by the search, but not under its name");
    if (found.add(std::move(**whole))) --found.others;
    return {};
}

/// What one calendar has of a kind that may be the event. Their UIDs are asked for only when there are several: they
/// make the answer larger, and on some servers as large as the objects. A stranger chooses a UID that others contain.
base::Result<Caldav::Responses> Caldav::candidates(const Call& call, const std::string& path,
                                                   std::string_view component, std::span<const int> refusals,
                                                   const CaldavFound& found) {
    auto answers = ask(call, "REPORT", path, net::calendar_query(component, found.uid, net::Detail::etag), refusals);
    if (!answers || found.others + answers->size() <= few) return answers;
    return ask(call, "REPORT", path, net::calendar_query(component, found.uid, net::Detail::uid), refusals);
}

/// Adds what one calendar has.
base::Result<void> Caldav::search(const Call& call, const ListedCalendar& calendar, Place place, CaldavFound& found) {
    const auto before = found.names.size();
    const auto& path = calendar.path;
    for (const std::string_view component : {"VEVENT", "VTODO", "VJOURNAL"}) {
        // The configured one is always asked for events: a calendar that is missing refuses.
        if (!calendar.takes(component) && (component != "VEVENT" || place == Place::beside)) continue;
        std::span<const int> refusals;
        if (component != "VEVENT")
            refusals = refusals_of_a_kind;
        else if (place == Place::beside)
            refusals = refusals_beside;
        const auto items = candidates(call, path, component, refusals, found);
        if (!items) return tl::unexpected(items.error());
        base::Result<void> seen;
        for (const auto& each : *items)
            if (auto looked = look_at(call, path, each, found); !looked) seen = std::move(looked);
        if (!seen && !found.organizer) return seen;
        if (found.names.size() > before) break;
    }
    return {};
}

std::optional<CaldavHome> Caldav::known_home(const Call& call) {
    // Then the calendars of several people stand in one home.
    if (options_.calendar.find('{') != std::string::npos) return home_of(call.place.path, {});
    return homes_.find(call.place.account.key() + '\n' + call.place.home);
}

/// The owner's calendars.
base::Result<CaldavHome> Caldav::home(const Call& call) {
    if (auto known = known_home(call)) return std::move(*known);
    const auto& home = call.place.home;
    const auto responses = ask(call, "PROPFIND", home, net::calendars_query(), refusals_of_home);
    if (!responses) return tl::unexpected(responses.error());
    std::vector<ListedCalendar> listed;
    for (const auto& each : *responses) {
        if (net::cut_off(each.conditions) || (!each.calendar && broken(each.status)))
            return unseen(fmt::format("PROPFIND {:.300}: {} within the reply", site_.url(home), each.status));
        const auto path = each.calendar ? net::path_of_href(each.href, home) : std::nullopt;
        if (path) listed.push_back({*path, each.owner, each.components});
    }
    auto found = home_of(call.place.path, listed);
    homes_.put(call.place.account.key() + '\n' + home, found, now_() + home_remembered);
    return found;
}

base::Result<std::optional<Stored>> Caldav::fetch(const base::Owner& owner, const std::string& uid,
                                                  base::Deadline deadline) {
    const auto call = begin(owner, deadline);
    if (!call) return tl::unexpected(call.error());
    const bool used_digest = site_.uses_digest();
    auto found = find(*call, uid);
    // Some servers ask for the login at the home alone. What was asked before that was asked by nobody.
    if (found && !*found && site_.uses_digest() != used_digest) found = find(*call, uid);
    if (!found || !*found || !identify((*found)->content).uris) return found;
    auto uris = owner_uris(*call);
    if (uris)
        (*found)->owner_uris = std::move(*uris);
    else if (std::holds_alternative<base::Temporary>(uris.error()))
        return tl::unexpected(std::move(uris.error()));
    return found;
}

base::Result<std::optional<Stored>> Caldav::find(const Call& call, const std::string& uid) {
    // Most events that are known were stored by us, and asking for one by its name is the cheapest question.
    auto usual = get(call, call.place.path + base::percent_encode(object_name(uid)));
    if (!usual) return usual;
    CaldavFound by_name{uid};
    if (*usual) by_name.add(std::move(**usual));
    if (by_name.organizer) return by_name.best;

    CaldavFound found{uid};
    const auto known = known_home(call).value_or(home_of(call.place.path, {}));
    if (const auto done = search(call, known.configured, Place::configured, found); !done)
        return tl::unexpected(done.error());
    by_name.others = found.others;
    if (!found.best) found = std::move(by_name);
    if (!found.organizer) {
        const auto all = home(call);
        if (!all) return not_for_good(all.error());
        for (const auto& each : all->beside) {
            if (const auto done = search(call, each, Place::beside, found); !done) return not_for_good(done.error());
            if (found.organizer) break;
        }
    }
    if (found.best) found.best->also = found.elsewhere();
    return found.best;
}

}  // namespace calendar::connectors
