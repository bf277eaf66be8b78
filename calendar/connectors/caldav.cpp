#include "calendar/connectors/caldav.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "calendar/connectors/object.h"
#include "calendar/connectors/webdav.h"

namespace calendar::connectors {
namespace {

enum class Meaning { success, temporary, permanent, conflict };

struct Row {
    int first, last;
    Meaning meaning;
    std::string_view sentence;
};

// The first row that holds the status counts.
constexpr auto table = std::to_array<Row>({
    {200, 299, Meaning::success, ""},
    {300, 399, Meaning::temporary, "the server sends us elsewhere; the url in the configuration needs a change"},
    {401, 401, Meaning::temporary, "the server does not accept the user name and password"},
    {403, 403, Meaning::permanent, "the server forbids it"},
    {404, 404, Meaning::permanent, "there is no such calendar"},
    {408, 408, Meaning::temporary, "the server waited too long for the request"},
    {409, 409, Meaning::conflict, "the server holds this event under another name"},
    {410, 410, Meaning::permanent, "there is no such calendar any more"},
    {412, 412, Meaning::conflict, "the event changed since it was read"},
    {423, 423, Meaning::temporary, "the event is locked"},
    {425, 425, Meaning::temporary, "the server is not ready for it"},
    {429, 429, Meaning::temporary, "the server asks for fewer requests"},
    {400, 499, Meaning::permanent, "the server refuses the request"},
    {500, 599, Meaning::temporary, "the server has trouble of its own"},
});

/// Preconditions that say: this UID is there already, under another name (RFC 4791 5.3.2.1, RFC 6638 3.2.4.1).
bool uid_conflict(const std::vector<std::string>& conditions) {
    return std::any_of(conditions.begin(), conditions.end(), [](const std::string& name) {
        return name == "no-uid-conflict" || name == "unique-scheduling-object-resource";
    });
}

std::optional<Trouble> judge_status(std::string_view what, int status, const std::vector<std::string>& conditions,
                                    std::optional<std::chrono::seconds> retry_after) {
    const auto* row = std::find_if(table.begin(), table.end(),
                                   [status](const Row& each) { return each.first <= status && status <= each.last; });
    if (row == table.end()) return Temporary{fmt::format("{}: {} is no usable answer", what, status), std::nullopt};
    auto text = fmt::format("{}: {} {}", what, status, row->sentence);
    if (!conditions.empty()) text += fmt::format(" ({:.100})", conditions.front());
    if (row->meaning != Meaning::success && uid_conflict(conditions)) return Conflict{std::move(text)};
    switch (row->meaning) {
        case Meaning::success:
            return std::nullopt;
        case Meaning::temporary:
            return Temporary{std::move(text), retry_after};
        case Meaning::permanent:
            return Permanent{std::move(text)};
        case Meaning::conflict:
            return Conflict{std::move(text)};
    }
    return std::nullopt;
}

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

std::string read_password(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string password;
    if (!in || !std::getline(in, password)) throw std::runtime_error("cannot read password file " + file.string());
    if (!password.empty() && password.back() == '\r') password.pop_back();
    return password;
}

}  // namespace

std::optional<Trouble> judge(std::string_view method, const std::string& url, const Response& response) {
    const auto what = fmt::format("{} {:.300}", method, url);
    if (response.status != 207)
        return judge_status(what, response.status,
                            response.status < 400 ? std::vector<std::string>() : read_conditions(response.body),
                            response.retry_after);
    const auto inner = read_multistatus(response.body);
    if (!inner) return Temporary{what + ": " + inner.error(), std::nullopt};
    for (const auto& each : *inner)
        if (auto trouble = judge_status(what, each.status, each.conditions, response.retry_after)) return trouble;
    return std::nullopt;
}

Caldav::Caldav(CaldavOptions options) : options_(std::move(options)) {
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

Result<std::string> Caldav::collection(const Owner& owner) const {
    const auto pattern = options_.url.substr(site_.size()) + options_.calendar;
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

Result<std::optional<Stored>> Caldav::query(const Owner& owner, const std::string& path, std::string_view component,
                                            const std::string& uid) {
    Request request;
    request.method = "REPORT";
    request.url = site_ + path;
    request.headers = {{"Depth", "1"}, {"Content-Type", "text/xml; charset=utf-8"}};
    request.body = calendar_query(component, plain_uid(uid));
    const auto response = send(owner, request);
    if (!response) return tl::unexpected(response.error());
    if (response->status != 207) {
        if (auto trouble = judge(request.method, request.url, *response)) return tl::unexpected(std::move(*trouble));
        return tl::unexpected(Temporary{
            fmt::format("REPORT {:.300}: {} without a multistatus", request.url, response->status), std::nullopt});
    }
    const auto answers = read_multistatus(response->body);
    if (!answers)
        return tl::unexpected(Temporary{fmt::format("REPORT {:.300}: {}", request.url, answers.error()), std::nullopt});
    std::optional<Stored> found;
    for (const auto& each : *answers) {
        const auto name = path_of(each.href);
        const auto identity = identify(each.content);
        if (!name || !has_uid(identity, uid) || (found && !identity.organizer)) continue;
        found = Stored{*name, each.etag, each.content};
        if (identity.organizer) break;
    }
    if (!found || !found->version.empty()) return found;
    auto whole = get(owner, found->name);
    if (whole && *whole && !has_uid(identify((*whole)->content), uid)) return std::nullopt;
    return whole;
}

Result<std::optional<Stored>> Caldav::fetch(const Owner& owner, const std::string& uid) {
    const auto path = collection(owner);
    if (!path) return tl::unexpected(path.error());
    // Most events that are known were stored by us, and asking for one by its name is the cheapest question.
    auto usual = get(owner, *path + percent_encode(object_name(uid)));
    if (!usual || (*usual && has_uid(identify((*usual)->content), uid))) return usual;
    auto found = query(owner, *path, "VEVENT", uid);
    for (const std::string_view component : {"VTODO", "VJOURNAL"}) {
        if (!found || *found) return found;
        auto other = query(owner, *path, component, uid);
        // A calendar that takes events only may refuse to be asked for anything else.
        if (!other && std::holds_alternative<Permanent>(other.error())) continue;
        found = std::move(other);
    }
    return found;
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
        const auto path = collection(owner);
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
