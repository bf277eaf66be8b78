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

bool gone(int status) {
    return status == 404 || status == 410;
}

// What a calendar or home may answer to be left out of a search. Any other refusal may hide the event.
/// A calendar that was just asked for events and takes nothing else.
constexpr std::array refusals_of_a_kind = {403, 405, 501};
/// The configured calendar took the login just before, so 401 is for this place; what is gone was listed before.
constexpr std::array refusals_beside = {401, 403, 404, 405, 410, 501};

/// Objects of one calendar that may be the event and are read.
constexpr std::size_t most_read = 20;

/// Of a reply: a search may show several objects, and XML makes them larger.
constexpr std::size_t reply_size = 4;

/// How many lists of a home's calendars are remembered, and how long.
constexpr std::size_t most_homes = 10'000;
constexpr std::chrono::minutes home_remembered{10};

tl::unexpected<base::Trouble> unseen(std::string what) {
    return tl::unexpected<base::Trouble>(base::Temporary{std::move(what), std::nullopt});
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
      site_({.url = options_.url,
             .username = options_.username,
             .password_file = options_.password_file,
             .largest_reply = reply_size * largest_object}),
      now_(now),
      homes_(most_homes, homes_.unlimited, std::move(now)) {}

base::Result<Caldav::Call> Caldav::begin(const base::Owner& owner, base::Deadline deadline) const {
    return site_.place(owner, options_.calendar).map([&](net::DavPlace place) {
        return Call{.owner = owner,
                    .path = std::move(place.path),
                    .username = std::move(place.username),
                    .end = std::min(deadline, now_() + timeouts_of_call * options_.timeout)};
    });
}

/// For the next request.
base::Result<std::chrono::milliseconds> Caldav::time_left(const Call& call) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(call.end - now_());
    if (left.count() <= 0)
        return unseen(fmt::format("{:.300}: no time left, the requests before took too long", site_.url(call.path)));
    return std::min(options_.timeout, left);
}

base::Result<net::Response> Caldav::send(const Call& call, net::Request request) {
    const auto left = time_left(call);
    if (!left) return tl::unexpected(left.error());
    request.timeout = *left;
    return site_.send(call.username, std::move(request));
}

/// None when there is nothing of this name.
base::Result<std::optional<Stored>> Caldav::get(const Call& call, const std::string& path) {
    net::Request request;
    request.method = "GET";
    request.path = path;
    auto response = send(call, request);
    if (!response) return tl::unexpected(response.error());
    if (gone(response->status)) return std::nullopt;
    if (auto trouble = net::trouble_of_status(request.method, site_.url(request.path), *response))
        return tl::unexpected(std::move(*trouble));
    auto version = response->header("etag");
    if (!net::strong_etag(version)) version = base::sha256(response->body);
    return Stored{path, std::move(version), std::move(response->body)};
}

/// The multistatus in reply to a PROPFIND or REPORT; nothing in it when the status is one of `refusals`.
base::Result<Caldav::Responses> Caldav::ask(const Call& call, const char* method, const std::string& path,
                                            std::string body, std::span<const int> refusals) {
    const auto left = time_left(call);
    if (!left) return tl::unexpected(left.error());
    const net::DavQuery query{.method = method, .depth = "1", .path = path, .body = std::move(body)};
    return site_.send(call.username, query, *left)
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
    if (!shown && gone(item.status) && item.etag.empty()) return {};
    if (shown && !has_uid(identify(item.content), found.uid)) return {};
    const auto name = net::path_of_href(item.href, path);
    if (!name) return unseen(what + ": this may be the event, but its name is not a usable path");
    if (name->ends_with('/')) return {};  // a collection
    if (++found.read > most_read) return unseen(what + ": too many objects may be the event");
    auto whole = get(call, *name);
    if (!whole) return tl::unexpected(std::move(whole.error()));
    if (!*whole) return unseen(what + ": found by the search, but not under its name");
    found.add(std::move(**whole));
    return {};
}

/// What one calendar has of a kind that may be the event. Their UIDs are asked for only when there are too many to read
/// them all: they make the answer larger, and on some servers as large as the objects.
base::Result<Caldav::Responses> Caldav::candidates(const Call& call, const std::string& path,
                                                   std::string_view component, std::span<const int> refusals,
                                                   const CaldavFound& found) {
    const auto uid = plain_uid(found.uid);
    auto answers = ask(call, "REPORT", path, net::calendar_query(component, uid, net::Detail::etag), refusals);
    if (!answers || found.read + answers->size() <= most_read) return answers;
    return ask(call, "REPORT", path, net::calendar_query(component, uid, net::Detail::uid), refusals);
}

/// Adds what one calendar has.
base::Result<void> Caldav::search(const Call& call, const std::string& path, Place place, CaldavFound& found) {
    const auto before = found.names.size();
    found.read = 0;
    for (const std::string_view component : {"VEVENT", "VTODO", "VJOURNAL"}) {
        std::span<const int> refusals;
        if (place == Place::beside)
            refusals = refusals_beside;
        else if (component != "VEVENT")
            refusals = refusals_of_a_kind;
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

/// The owner's other calendars.
base::Result<Caldav::Paths> Caldav::beside(const Call& call) {
    // Then the calendars of several people stand in one home.
    if (options_.calendar.find('{') != std::string::npos) return Paths();
    const auto home = site_.place(call.owner, "");
    if (!home) return tl::unexpected(home.error());
    const auto key = call.username + '\n' + home->path;
    if (auto known = homes_.find(key)) return std::move(*known);
    const auto responses = ask(call, "PROPFIND", home->path, net::calendars_query(), refusals_beside);
    if (!responses) return tl::unexpected(responses.error());
    std::vector<ListedCalendar> listed;
    for (const auto& each : *responses) {
        if (net::cut_off(each.conditions) || (!each.calendar && broken(each.status)))
            return unseen(fmt::format("PROPFIND {:.300}: {} within the reply", site_.url(home->path), each.status));
        const auto path = each.calendar ? net::path_of_href(each.href, home->path) : std::nullopt;
        if (path) listed.push_back({*path, each.owner});
    }
    auto paths = calendars_beside(call.path, listed);
    homes_.put(key, paths, now_() + home_remembered);
    return paths;
}

base::Result<std::optional<Stored>> Caldav::fetch(const base::Owner& owner, const std::string& uid,
                                                  base::Deadline deadline) {
    const auto call = begin(owner, deadline);
    if (!call) return tl::unexpected(call.error());
    // Most events that are known were stored by us, and asking for one by its name is the cheapest question.
    auto usual = get(*call, call->path + base::percent_encode(object_name(uid)));
    if (!usual) return usual;
    CaldavFound by_name{uid};
    if (*usual) by_name.add(std::move(**usual));
    if (by_name.organizer) return by_name.best;

    CaldavFound found{uid};
    if (const auto done = search(*call, call->path, Place::configured, found); !done)
        return tl::unexpected(done.error());
    if (!found.best) found = std::move(by_name);
    if (!found.organizer) {
        const auto others = beside(*call);
        if (!others) return not_for_good(others.error());
        for (const auto& each : *others) {
            if (const auto done = search(*call, each, Place::beside, found); !done) return not_for_good(done.error());
            if (found.organizer) break;
        }
    }
    if (found.best) found.best->also = found.others();
    return found.best;
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
        request.path = call->path + base::percent_encode(object_name(uid));
        request.headers.emplace_back("If-None-Match", "*");
    }
    request.headers.emplace_back("Content-Type", "text/calendar; charset=utf-8");
    request.body = content;
    const auto response = send(*call, request);
    if (!response) return tl::unexpected(response.error());
    // Removed since it was read; a calendar that is gone as a whole shows at the next fetch.
    if (before && gone(response->status))
        return tl::unexpected(base::Conflict{site_.url(request.path) + " no longer exists"});
    if (auto trouble = net::trouble_of_status(request.method, site_.url(request.path), *response))
        return tl::unexpected(std::move(*trouble));
    return {};
}

base::Result<void> Caldav::remove(const base::Owner& owner, const std::string&, const Stored& before) {
    const auto call = begin(owner);
    if (!call) return tl::unexpected(call.error());
    const auto request = conditional(*call, "DELETE", before);
    if (!request) return tl::unexpected(request.error());
    const auto response = send(*call, *request);
    if (!response) return tl::unexpected(response.error());
    if (gone(response->status)) return {};
    if (auto trouble = net::trouble_of_status(request->method, site_.url(request->path), *response))
        return tl::unexpected(std::move(*trouble));
    return {};
}

}  // namespace calendar::connectors
