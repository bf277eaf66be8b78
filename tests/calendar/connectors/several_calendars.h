#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "calendar/connectors/caldav.h"
#include "tests/calendar/connectors/caldav_stub.h"
#include "tests/calendar/connectors/contract.h"

/// A user with several calendars on a CalDAV server.
namespace several_calendars {

using calendar::base::Owner;
using tests::answer;
using tests::event;
using tests::HttpAnswer;
using tests::HttpRequest;
using tests::Item;
using Texts = std::vector<std::string>;

inline std::string collection(const std::string& type = "<C:calendar/>") {
    return "<resourcetype><collection/>" + type + "</resourcetype>";
}

/// A collection of a home.
struct Folder {
    std::vector<Item> items;
    std::string owner = "/principals/bob/";  ///< empty: not reported
    std::string type = "<C:calendar/>";
    Texts components = {};  ///< empty: not reported
};

/// A server with one home, `/dav/bob/`, and what it keeps in there.
struct Home {
    std::map<std::string, Folder> folders;  ///< by the href that is listed

    HttpAnswer operator()(const HttpRequest& seen) const {
        if (seen.method == "PROPFIND") return listing();
        if (seen.method == "PUT" || seen.method == "DELETE") return answer(204);
        if (seen.method == "GET") return get(seen.target);
        const auto folder = folders.find(seen.target);
        if (folder == folders.end()) return answer(404);
        std::vector<Item> items;
        for (const auto& item : folder->second.items)
            for (const std::string component : {"VEVENT", "VTODO", "VJOURNAL"})
                if (seen.body.find("\"" + component + "\"") != std::string::npos &&
                    item.content.find("BEGIN:" + component) != std::string::npos)
                    items.push_back(item);
        return tests::report(items, seen);
    }

  private:
    HttpAnswer get(const std::string& path) const {
        for (const auto& [href, folder] : folders)
            for (const auto& item : folder.items)
                if (item.href == path) return answer(200, {"ETag: " + item.etag}, item.content);
        return answer(404);
    }
    HttpAnswer listing() const {
        std::string body =
            "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">"
            "<response><href>/dav/bob/</href><propstat><prop>" +
            collection("") + "</prop><status>HTTP/1.1 200 OK</status></propstat></response>";
        for (const auto& [href, folder] : folders) {
            body += "<response><href>" + href + "</href><propstat><prop>" + collection(folder.type);
            if (!folder.components.empty()) body += "<C:supported-calendar-component-set>";
            for (const auto& each : folder.components)
                body += "<C:comp name=\"" + each + "\"/>";
            if (!folder.components.empty()) body += "</C:supported-calendar-component-set>";
            if (!folder.owner.empty()) body += "<owner><href>" + folder.owner + "</href></owner>";
            body += "</prop><status>HTTP/1.1 200 OK</status></propstat>";
            if (folder.owner.empty())
                body += "<propstat><prop><owner/></prop><status>HTTP/1.1 404 Not Found</status></propstat>";
            body += "</response>";
        }
        return answer(207, {"Content-Type: text/xml"}, body + "</multistatus>");
    }
};

/// The same event, as a person imported it or as an invitation made it.
inline Item imported(const std::string& href) {
    return {href, "\"1\"", event("a", "imported", false)};
}
inline Item invited(const std::string& href) {
    return {href, "\"1\"", event("a")};
}

struct Setting {
    tests::Clock clock;
    tests::StubHttp stub;
    calendar::connectors::Caldav caldav;

    explicit Setting(const std::function<HttpAnswer(const HttpRequest&)>& script,
                     const std::string& calendar = "default")
        : stub(script), caldav({stub.url() + "/dav/{user}/", calendar, {}, std::chrono::seconds(2)}, clock) {}

    /// `PATH`, `PATH, also PATH`, `none`, or what is wrong.
    std::string fetch(const Owner& owner = tests::bob) {
        const auto got = caldav.fetch(owner, "a");
        if (!got) return tests::kind(got) + ": " + tests::said(got);
        if (!*got) return "none";
        return (*got)->name + ((*got)->also.empty() ? "" : ", also " + (*got)->also);
    }
    Texts seen() const { return tests::lines(stub.requests()); }
    int count(const std::string& method) const {
        int times = 0;
        for (const auto& each : stub.requests())
            times += each.method == method ? 1 : 0;
        return times;
    }
};

}  // namespace several_calendars
