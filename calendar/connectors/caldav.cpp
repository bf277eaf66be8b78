#include "calendar/connectors/caldav.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "calendar/connectors/judge.h"
#include "calendar/connectors/object.h"
#include "calendar/net/dav_path.h"
#include "calendar/net/password_file.h"

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

/// Objects of one search that a server named without showing them, and that are asked for themselves.
constexpr std::size_t most_not_shown = 20;

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

Caldav::Caldav(CaldavOptions options, CaldavHomes::Clock now)
    : options_(std::move(options)), now_(now), homes_(std::move(now)) {
    auto& url = options_.url;
    if (!url.ends_with('/')) url += '/';
    const auto scheme = url.find("://");
    const auto slash = scheme == std::string::npos ? std::string::npos : url.find('/', scheme + 3);
    site_ = url.substr(0, slash);
    if (site_.find('{') != std::string::npos)
        throw std::runtime_error(
            url + ": a placeholder may not stand in the host, or a sender could choose where the password goes");
    if (slash == std::string::npos || !net::origin_of(site_ + "/"))
        throw std::runtime_error("not a URL as https://HOST/PATH/ without a user name: " + site_);
    if (!options_.username.empty()) password_ = net::read_password(options_.password_file);
}

/// The path of the home's calendar of this name; "": of the home.
base::Result<std::string> Caldav::collection(const base::Owner& owner, const std::string& name) const {
    const auto pattern = options_.url.substr(site_.size()) + name;
    // Servers undo the percent-encoding before they look for "/" and "..", so a value that is no single name is
    // refused.
    if (const auto names = base::expand_path(pattern, owner); !names)
        return tl::unexpected(base::Permanent{"no calendar URL for this user: " + names.error()});
    auto path = net::encode_path(base::expand_url(pattern, owner));
    if (!path.ends_with('/')) path += '/';
    if (!net::plain_path(path)) return tl::unexpected(base::Permanent{"not a usable calendar URL: " + site_ + path});
    return path;
}

base::Result<net::Response> Caldav::send(const Call& call, net::Request request) {
    request.username = base::expand_text(options_.username, call.owner);
    if (!options_.username.empty()) {
        // In Basic authentication (RFC 7617 2) what follows the colon is the password.
        const auto bad = [](char c) { return c == ':' || (c >= 0 && c < ' ') || c == 0x7f; };
        if (request.username.empty() || std::any_of(request.username.begin(), request.username.end(), bad))
            return tl::unexpected(base::Permanent{"no usable user name on the calendar server for this user"});
        request.password = password_;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(call.end - now_());
    if (left.count() <= 0)
        return unseen(fmt::format("{} {:.300}: no time left, the requests before took {} s", request.method,
                                  request.url, timeouts_of_call * options_.timeout.count() / 1000));
    request.timeout = std::min(options_.timeout, left);
    return http_.send(request);
}

/// None when there is nothing of this name.
base::Result<std::optional<Stored>> Caldav::get(const Call& call, const std::string& path) {
    net::Request request;
    request.method = "GET";
    request.url = site_ + path;
    auto response = send(call, request);
    if (!response) return tl::unexpected(response.error());
    if (gone(response->status)) return std::nullopt;
    if (auto trouble = judge(request.method, request.url, *response)) return tl::unexpected(std::move(*trouble));
    auto version = response->header("etag");
    if (!net::strong_etag(version)) version = sha256(response->body);
    return Stored{path, std::move(version), std::move(response->body)};
}

/// The multistatus in answer to a PROPFIND or REPORT; nothing in it when the status is one of `refusals`.
base::Result<Caldav::Responses> Caldav::ask(const Call& call, const char* method, const std::string& path,
                                            std::string body, std::span<const int> refusals) {
    net::Request request;
    request.method = method;
    request.url = site_ + path;
    request.headers = {{"Depth", "1"}, {"Content-Type", "text/xml; charset=utf-8"}};
    request.body = std::move(body);
    const auto response = send(call, request);
    if (!response) return tl::unexpected(response.error());
    const auto what = fmt::format("{} {:.300}", method, request.url);
    if (response->status != 207) {
        const bool refused = std::find(refusals.begin(), refusals.end(), response->status) != refusals.end();
        if (refused && !net::cut_off(net::read_conditions(response->body))) return Responses();
        if (auto trouble = judge(method, request.url, *response)) return tl::unexpected(std::move(*trouble));
        return unseen(fmt::format("{}: {} without a multistatus", what, response->status));
    }
    auto answers = net::read_multistatus(response->body);
    if (!answers) return unseen(fmt::format("{}: {}", what, answers.error()));
    return std::move(*answers);
}

/// Adds one item of what the calendar at `path` answered.
base::Result<void> Caldav::look_at(const Call& call, const std::string& path, net::DavResponse item,
                                   CaldavFound& found) {
    const auto what = fmt::format("REPORT {}{:.300}: {:.300}", site_, path, item.href);
    if (net::cut_off(item.conditions)) return unseen(what + ": the server does not show all that matches");
    const bool shown = !item.content.empty();
    if (!shown && broken(item.status)) return unseen(fmt::format("{}: {} within the answer", what, item.status));
    if (!shown && gone(item.status) && item.etag.empty()) return {};
    if (shown && !has_uid(identify(item.content), found.uid)) return {};
    const auto name = net::path_of_href(item.href, path);
    if (!name) return unseen(what + ": this may be the event, but its name is no usable path");
    if (shown) {
        found.add({*name, item.etag, std::move(item.content)});
        return {};
    }
    if (name->ends_with('/')) return {};  // a collection
    if (++found.not_shown > most_not_shown) return unseen(what + ": too many objects are named without being shown");
    auto whole = get(call, *name);
    if (!whole) return tl::unexpected(std::move(whole.error()));
    if (!*whole) return unseen(what + ": found by the search, but not there under its name");
    found.add(std::move(**whole));
    return {};
}

/// Adds what one calendar has.
base::Result<void> Caldav::search(const Call& call, const std::string& path, Place place, CaldavFound& found) {
    const auto before = found.names.size();
    for (const std::string_view component : {"VEVENT", "VTODO", "VJOURNAL"}) {
        std::span<const int> refusals;
        if (place == Place::beside)
            refusals = refusals_beside;
        else if (component != "VEVENT")
            refusals = refusals_of_a_kind;
        auto answers = ask(call, "REPORT", path, net::calendar_query(component, plain_uid(found.uid)), refusals);
        if (!answers) return tl::unexpected(std::move(answers.error()));
        base::Result<void> seen;
        for (auto& each : *answers)
            if (auto looked = look_at(call, path, std::move(each), found); !looked) seen = std::move(looked);
        if (!seen && !found.organizer) return seen;
        if (found.names.size() > before) break;
    }
    return {};
}

/// The owner's other calendars.
base::Result<CaldavHomes::Paths> Caldav::beside(const Call& call, const std::string& configured) {
    // Then the calendars of several people stand in one home.
    if (options_.calendar.find('{') != std::string::npos) return CaldavHomes::Paths();
    const auto home = collection(call.owner, "");
    if (!home) return tl::unexpected(home.error());
    const auto key = base::expand_text(options_.username, call.owner) + '\n' + *home;
    if (auto known = homes_.find(key)) return std::move(*known);
    const auto answers = ask(call, "PROPFIND", *home, net::calendars_query(), refusals_beside);
    if (!answers) return tl::unexpected(answers.error());
    std::vector<ListedCalendar> listed;
    for (const auto& each : *answers) {
        if (net::cut_off(each.conditions) || (!each.calendar && broken(each.status)))
            return unseen(fmt::format("PROPFIND {}{:.300}: {} within the answer", site_, *home, each.status));
        const auto path = each.calendar ? net::path_of_href(each.href, *home) : std::nullopt;
        if (path) listed.push_back({*path, each.owner});
    }
    auto paths = calendars_beside(configured, listed);
    homes_.remember(key, paths);
    return paths;
}

base::Result<std::optional<Stored>> Caldav::fetch(const base::Owner& owner, const std::string& uid) {
    const auto path = collection(owner, options_.calendar);
    if (!path) return tl::unexpected(path.error());
    const auto call = begin(owner);
    // Most events that are known were stored by us, and asking for one by its name is the cheapest question.
    auto usual = get(call, *path + base::percent_encode(object_name(uid)));
    if (!usual) return usual;
    CaldavFound by_name{uid};
    if (*usual) by_name.add(std::move(**usual));
    if (by_name.organizer) return by_name.best;

    CaldavFound found{uid};
    if (const auto done = search(call, *path, Place::configured, found); !done) return tl::unexpected(done.error());
    if (!found.best) found = std::move(by_name);
    if (!found.organizer) {
        const auto others = beside(call, *path);
        if (!others) return not_for_good(others.error());
        for (const auto& each : *others) {
            if (const auto done = search(call, each, Place::beside, found); !done) return not_for_good(done.error());
            if (found.organizer) break;
        }
    }
    if (found.best && found.best->version.empty()) {
        auto whole = get(call, found.best->name);
        if (!whole) return whole;
        if (!*whole || !has_uid(identify((*whole)->content), uid))
            return unseen(fmt::format("{}{:.300}: found by a search, but not under its name", site_, found.best->name));
        found.best = std::move(*whole);
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
    request.url = site_ + path;
    if (net::strong_etag(before.version)) {
        request.headers.emplace_back("If-Match", before.version);
        return request;
    }
    const auto current = get(call, path);
    if (!current) return tl::unexpected(current.error());
    if (*current && sha256((*current)->content) != before.version)
        return tl::unexpected(base::Conflict{request.url + " changed since it was read"});
    if (!*current && request.method == "PUT")
        return tl::unexpected(base::Conflict{request.url + " is not there any more"});
    return request;
}

base::Result<void> Caldav::store(const base::Owner& owner, const std::string& uid, const std::string& content,
                                 const std::optional<Stored>& before) {
    if (content.size() > largest_object) return tl::unexpected(base::Permanent{"the event is larger than 2 MiB"});
    const auto call = begin(owner);
    net::Request request;
    if (before) {
        auto put = conditional(call, "PUT", *before);
        if (!put) return tl::unexpected(put.error());
        request = std::move(*put);
    } else {
        const auto path = collection(owner, options_.calendar);
        if (!path) return tl::unexpected(path.error());
        request.method = "PUT";
        request.url = site_ + *path + base::percent_encode(object_name(uid));
        request.headers.emplace_back("If-None-Match", "*");
    }
    request.headers.emplace_back("Content-Type", "text/calendar; charset=utf-8");
    request.body = content;
    const auto response = send(call, request);
    if (!response) return tl::unexpected(response.error());
    // Removed since it was read; a calendar that is gone as a whole shows at the next fetch.
    if (before && gone(response->status)) return tl::unexpected(base::Conflict{request.url + " is not there any more"});
    if (auto trouble = judge(request.method, request.url, *response)) return tl::unexpected(std::move(*trouble));
    return {};
}

base::Result<void> Caldav::remove(const base::Owner& owner, const std::string&, const Stored& before) {
    const auto call = begin(owner);
    const auto request = conditional(call, "DELETE", before);
    if (!request) return tl::unexpected(request.error());
    const auto response = send(call, *request);
    if (!response) return tl::unexpected(response.error());
    if (gone(response->status)) return {};
    if (auto trouble = judge(request->method, request->url, *response)) return tl::unexpected(std::move(*trouble));
    return {};
}

}  // namespace calendar::connectors
