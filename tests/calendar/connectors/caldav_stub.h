#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/calendar/results.h"
#include "tests/support/stub_http.h"

/// What the tests of CalDAV at a stub share.
namespace tests {

inline std::string escaped(std::string text) {
    for (std::size_t at = 0; (at = text.find_first_of("&<", at)) != std::string::npos; ++at)
        text.replace(at, 1, text[at] == '&' ? "&amp;" : "&lt;");
    return text;
}

/// A calendar object as a server's answer shows it; `etag` and `content` may be empty.
struct Item {
    std::string href, etag, content;
};
/// The answer to a REPORT.
inline HttpAnswer report(const std::vector<Item>& items) {
    std::string body = "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">";
    for (const auto& item : items)
        body += "<response><href>" + item.href + "</href><propstat><prop>" +
                (item.etag.empty() ? "" : "<getetag>" + item.etag + "</getetag>") +
                (item.content.empty() ? "" : "<C:calendar-data>" + escaped(item.content) + "</C:calendar-data>") +
                "</prop><status>HTTP/1.1 200 OK</status></propstat></response>";
    return answer(207, {"Content-Type: text/xml"}, body + "</multistatus>");
}

/// The same of a server that shows what it was asked for, and only that.
inline HttpAnswer report(std::vector<Item> items, const HttpRequest& seen) {
    const bool is_asked = seen.body.find("calendar-data") != std::string::npos;
    for (auto& item : items) {
        std::istringstream whole(std::exchange(item.content, {}));
        for (std::string line; is_asked && std::getline(whole, line);)
            if (line.starts_with("BEGIN:") || line.starts_with("UID:") || line.starts_with("END:"))
                item.content += line + "\n";
    }
    return report(items);
}

/// The answer to a PROPFIND: each has the type of a calendar, and these properties.
inline HttpAnswer listing(const std::vector<std::string>& paths, const std::string& properties = {}) {
    std::string body = "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">";
    for (const auto& path : paths)
        body += "<response><href>" + path + "</href><propstat><prop><resourcetype><collection/><C:calendar/>" +
                std::string("</resourcetype>") + properties +
                "</prop><status>HTTP/1.1 200 OK</status></propstat></response>";
    return answer(207, {"Content-Type: text/xml"}, body + "</multistatus>");
}

/// A server with one calendar and nothing in it.
inline HttpAnswer empty_calendar(const HttpRequest& seen) {
    return seen.method == "PROPFIND" ? listing({"/dav/bob/default/"}) : report({});
}

/// Each as `METHOD TARGET`.
inline std::vector<std::string> lines(const std::vector<HttpRequest>& requests) {
    std::vector<std::string> all;
    for (const auto& each : requests)
        all.push_back(each.method + " " + each.target);
    return all;
}

/// A clock that the test moves.
struct Clock {
    std::shared_ptr<std::atomic<int>> seconds = std::make_shared<std::atomic<int>>(1'000);
    std::chrono::steady_clock::time_point operator()() const {
        return std::chrono::steady_clock::time_point(std::chrono::seconds(*seconds));
    }
};

}  // namespace tests
