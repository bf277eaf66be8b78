#include "calendar/connectors/caldav.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "calendar/connectors/judge.h"
#include "calendar/connectors/object.h"
#include "calendar/connectors/password.h"

namespace calendar::connectors {
namespace {

bool gone(int status) {
    return status == 404 || status == 410;
}

/// What must not stand in a URL as it is, without touching what is percent-encoded already.
std::string encode_rest(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c <= ' ' || c >= 0x7f || std::string_view("\"<>\\^`{|}?#").find(c) != std::string_view::npos)
            out += percent_encode(std::string_view(&c, 1));
        else
            out += c;
    }
    return out;
}

/// A path that means the same to every reader: no "." or "..", no empty segment but the last.
bool plain_path(std::string_view path) {
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
    while (!path.empty()) {
        const auto slash = path.find('/');
        std::string segment(path.substr(0, slash));
        for (std::size_t at;
             (at = segment.find("%2e")) != std::string::npos || (at = segment.find("%2E")) != std::string::npos;)
            segment.replace(at, 3, ".");
        if (segment.empty() || segment == "." || segment == "..") return false;
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return true;
}

}  // namespace

Caldav::Caldav(CaldavOptions options, CaldavHomes::Clock now) : options_(std::move(options)), homes_(std::move(now)) {
    auto& url = options_.url;
    if (!url.ends_with('/')) url += '/';
    const auto scheme = url.find("://");
    const auto slash = scheme == std::string::npos ? std::string::npos : url.find('/', scheme + 3);
    site_ = url.substr(0, slash);
    if (site_.find('{') != std::string::npos)
        throw std::runtime_error(
            url + ": a placeholder may not stand in the host, or a sender could choose where the password goes");
    const auto origin = slash == std::string::npos ? std::nullopt : origin_of(site_ + "/");
    if (!origin) throw std::runtime_error("not a URL as https://HOST/PATH/ without a user name: " + site_);
    origin_ = *origin;
    if (!options_.username.empty()) password_ = read_password(options_.password_file);
}

/// The path of the home's calendar of this name; "": of the home.
Result<std::string> Caldav::collection(const Owner& owner, const std::string& name) const {
    const auto pattern = options_.url.substr(site_.size()) + name;
    // Servers undo the percent-encoding before they look for "/" and "..", so a value that is no single name is
    // refused.
    if (const auto names = expand_path(pattern, owner); !names)
        return tl::unexpected(Permanent{"no calendar URL for this user: " + names.error()});
    auto path = encode_rest(expand_url(pattern, owner));
    if (!path.ends_with('/')) path += '/';
    if (!plain_path(path)) return tl::unexpected(Permanent{"not a usable calendar URL: " + site_ + path});
    return path;
}

Result<Response> Caldav::send(const Owner& owner, Request request) {
    request.username = expand_text(options_.username, owner);
    if (!options_.username.empty()) {
        // In Basic authentication (RFC 7617 2) what follows the colon is the password.
        const auto bad = [](char c) { return c == ':' || (c >= 0 && c < ' ') || c == 0x7f; };
        if (request.username.empty() || std::any_of(request.username.begin(), request.username.end(), bad))
            return tl::unexpected(Permanent{"no usable user name on the calendar server for this user"});
        request.password = password_;
    }
    request.timeout = options_.timeout;
    return http_.send(request);
}

std::optional<std::string> Caldav::path_of(const std::string& href) const {
    std::string path = href;
    if (!href.starts_with('/')) {
        if (origin_of(href) != origin_) return std::nullopt;
        const auto slash = href.find('/', href.find("://") + 3);
        path = slash == std::string::npos ? "/" : href.substr(slash);
    }
    if (!plain_path(path)) return std::nullopt;
    return encode_rest(path);
}

/// None when there is nothing of this name.
Result<std::optional<Stored>> Caldav::get(const Owner& owner, const std::string& path) {
    Request request;
    request.method = "GET";
    request.url = site_ + path;
    auto response = send(owner, request);
    if (!response) return tl::unexpected(response.error());
    if (gone(response->status)) return std::nullopt;
    if (auto trouble = judge(request.method, request.url, *response)) return tl::unexpected(std::move(*trouble));
    auto version = response->header("etag");
    if (!strong_etag(version)) version = sha256(response->body);
    return Stored{path, std::move(version), std::move(response->body)};
}

/// What a search for one UID met.
struct Caldav::Found {
    std::string uid;
    std::optional<Stored> best = {};  // the first with an ORGANIZER, else the first
    bool organizer = false;           // it has one
    std::vector<std::string> names = {};

    void add(Stored stored) {
        const auto identity = identify(stored.content);
        if (!has_uid(identity, uid)) return;
        names.push_back(stored.name);
        if (best && (organizer || !identity.organizer)) return;
        best = std::move(stored);
        organizer = identity.organizer;
    }
    std::string others() const {
        std::string text;
        for (const auto& name : names)
            if (name != best->name) text += (text.empty() ? "" : ", ") + name;
        return fmt::format("{:.300}", text);
    }
};

/// The multistatus in answer to a PROPFIND or REPORT.
Result<Caldav::Answers> Caldav::ask(const Owner& owner, const char* method, const std::string& path, std::string body,
                                    Place place) {
    Request request;
    request.method = method;
    request.url = site_ + path;
    request.headers = {{"Depth", "1"}, {"Content-Type", "text/xml; charset=utf-8"}};
    request.body = std::move(body);
    const auto response = send(owner, request);
    if (!response) return tl::unexpected(response.error());
    const auto what = fmt::format("{} {:.300}", method, request.url);
    // The configured calendar took the login just before, so no other password would help.
    if (place == Place::beside && response->status == 401)
        return tl::unexpected(Permanent{what + ": 401 this is not for our user name"});
    if (response->status != 207) {
        if (auto trouble = judge(method, request.url, *response)) return tl::unexpected(std::move(*trouble));
        return tl::unexpected(
            Temporary{fmt::format("{}: {} without a multistatus", what, response->status), std::nullopt});
    }
    auto answers = read_multistatus(response->body);
    if (!answers) return tl::unexpected(Temporary{fmt::format("{}: {}", what, answers.error()), std::nullopt});
    return std::move(*answers);
}

/// Adds what one calendar has.
Result<void> Caldav::search(const Owner& owner, const std::string& path, Place place, Found& found) {
    const auto before = found.names.size();
    for (const std::string_view component : {"VEVENT", "VTODO", "VJOURNAL"}) {
        auto answers = ask(owner, "REPORT", path, calendar_query(component, plain_uid(found.uid)), place);
        if (!answers) {
            // A calendar that takes events only may refuse to be asked for anything else.
            const bool may_refuse = place == Place::beside || component != "VEVENT";
            if (may_refuse && !std::holds_alternative<Temporary>(answers.error())) continue;
            return tl::unexpected(answers.error());
        }
        for (auto& each : *answers)
            if (const auto name = path_of(each.href)) found.add({*name, each.etag, std::move(each.content)});
        if (found.names.size() > before) break;
    }
    return {};
}

/// The owner's other calendars.
Result<CaldavHomes::Paths> Caldav::beside(const Owner& owner, const std::string& configured) {
    // Then the calendars of several people stand in one home.
    if (options_.calendar.find('{') != std::string::npos) return CaldavHomes::Paths();
    const auto home = collection(owner, "");
    if (!home) return tl::unexpected(home.error());
    const auto key = expand_text(options_.username, owner) + '\n' + *home;
    if (auto known = homes_.find(key)) return std::move(*known);
    const auto answers = ask(owner, "PROPFIND", *home, calendars_query(), Place::beside);
    if (!answers && std::holds_alternative<Temporary>(answers.error())) return tl::unexpected(answers.error());
    std::vector<ListedCalendar> listed;
    for (const auto& each : answers.value_or(Answers())) {
        const auto path = each.calendar ? path_of(each.href) : std::nullopt;
        if (path) listed.push_back({*path, each.owner});
    }
    auto paths = calendars_beside(configured, listed);
    homes_.remember(key, paths);
    return paths;
}

Result<std::optional<Stored>> Caldav::fetch(const Owner& owner, const std::string& uid) {
    const auto path = collection(owner, options_.calendar);
    if (!path) return tl::unexpected(path.error());
    // Most events that are known were stored by us, and asking for one by its name is the cheapest question.
    auto usual = get(owner, *path + percent_encode(object_name(uid)));
    if (!usual) return usual;
    Found by_name{uid};
    if (*usual) by_name.add(std::move(**usual));
    if (by_name.organizer) return by_name.best;

    Found found{uid};
    if (const auto done = search(owner, *path, Place::configured, found); !done) return tl::unexpected(done.error());
    if (!found.best) found = std::move(by_name);
    if (!found.organizer) {
        const auto others = beside(owner, *path);
        if (!others) return tl::unexpected(others.error());
        for (const auto& each : *others) {
            if (const auto done = search(owner, each, Place::beside, found); !done) return tl::unexpected(done.error());
            if (found.organizer) break;
        }
    }
    if (found.best && found.best->version.empty()) {
        auto whole = get(owner, found.best->name);
        if (!whole) return whole;
        if (!*whole || !has_uid(identify((*whole)->content), uid)) return std::nullopt;
        found.best = std::move(*whole);
    }
    if (found.best) found.best->also = found.others();
    return found.best;
}

/// A request about `before` that the server only follows while it is as it was read.
Result<Request> Caldav::conditional(const Owner& owner, std::string method, const Stored& before) {
    Request request;
    request.method = std::move(method);
    const auto path = before.name.starts_with('/') ? path_of(before.name) : std::nullopt;
    if (!path) return tl::unexpected(Permanent{"not a path on the calendar server: " + before.name});
    request.url = site_ + *path;
    if (strong_etag(before.version)) {
        request.headers.emplace_back("If-Match", before.version);
        return request;
    }
    const auto current = get(owner, *path);
    if (!current) return tl::unexpected(current.error());
    if (*current && sha256((*current)->content) != before.version)
        return tl::unexpected(Conflict{request.url + " changed since it was read"});
    if (!*current && request.method == "PUT") return tl::unexpected(Conflict{request.url + " is not there any more"});
    return request;
}

Result<void> Caldav::store(const Owner& owner, const std::string& uid, const std::string& content,
                           const std::optional<Stored>& before) {
    if (content.size() > largest_object) return tl::unexpected(Permanent{"the event is larger than 2 MiB"});
    Request request;
    if (before) {
        auto put = conditional(owner, "PUT", *before);
        if (!put) return tl::unexpected(put.error());
        request = std::move(*put);
    } else {
        const auto path = collection(owner, options_.calendar);
        if (!path) return tl::unexpected(path.error());
        request.method = "PUT";
        request.url = site_ + *path + percent_encode(object_name(uid));
        request.headers.emplace_back("If-None-Match", "*");
    }
    request.headers.emplace_back("Content-Type", "text/calendar; charset=utf-8");
    request.body = content;
    const auto response = send(owner, request);
    if (!response) return tl::unexpected(response.error());
    // Removed since it was read; a calendar that is gone as a whole shows at the next fetch.
    if (before && gone(response->status)) return tl::unexpected(Conflict{request.url + " is not there any more"});
    if (auto trouble = judge(request.method, request.url, *response)) return tl::unexpected(std::move(*trouble));
    return {};
}

Result<void> Caldav::remove(const Owner& owner, const std::string&, const Stored& before) {
    const auto request = conditional(owner, "DELETE", before);
    if (!request) return tl::unexpected(request.error());
    const auto response = send(owner, *request);
    if (!response) return tl::unexpected(response.error());
    if (gone(response->status)) return {};
    if (auto trouble = judge(request->method, request->url, *response)) return tl::unexpected(std::move(*trouble));
    return {};
}

}  // namespace calendar::connectors
