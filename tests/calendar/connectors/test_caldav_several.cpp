#include <functional>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav.h"
#include "tests/calendar/connectors/caldav_stub.h"
#include "tests/calendar/connectors/contract.h"

using namespace calendar::net;
using namespace calendar::base;
using namespace calendar::connectors;
using namespace std::chrono_literals;
using tests::answer;
using tests::event;
using tests::HttpAnswer;
using tests::HttpRequest;
using tests::Item;
using tests::kind;
using tests::said;
using tests::StubHttp;

namespace {

using Texts = std::vector<std::string>;

const Owner bob{"bob", "bob@example.com"};

std::string collection(const std::string& type = "<C:calendar/>") {
    return "<resourcetype><collection/>" + type + "</resourcetype>";
}

/// A collection of a home.
struct Folder {
    std::vector<Item> items;
    std::string owner = "/principals/bob/";  ///< empty: not told
    std::string type = "<C:calendar/>";
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
Item imported(const std::string& href) {
    return {href, "\"1\"", event("a", "imported", false)};
}
Item invited(const std::string& href) {
    return {href, "\"1\"", event("a")};
}

struct Setting {
    tests::Clock clock;
    StubHttp stub;
    Caldav caldav;

    explicit Setting(const std::function<HttpAnswer(const HttpRequest&)>& script,
                     const std::string& calendar = "default")
        : stub(script), caldav({stub.url() + "/dav/{user}/", calendar, "", "", 2s}, {}, clock) {}

    /// `PATH`, `PATH, also PATH`, `none`, or what is wrong.
    std::string fetch(const Owner& owner = bob, const std::string& uid = "a") {
        const auto got = caldav.fetch(owner, uid);
        if (!got) return kind(got) + ": " + said(got);
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

}  // namespace

TEST_CASE("where an event is found") {
    struct Case {
        std::string name;
        std::map<std::string, Folder> folders;
        std::string found;
        Texts seen;  // behind the GET of the usual name
    };
    const std::string base = "/dav/bob/";
    const auto three = [&](const std::string& name) { return Texts(3, "REPORT " + base + name + "/"); };
    const auto joined = [](const std::vector<Texts>& parts) {
        Texts all;
        for (const auto& part : parts)
            all.insert(all.end(), part.begin(), part.end());
        return all;
    };
    const Texts home{"PROPFIND /dav/bob/"}, once{"REPORT /dav/bob/default/"}, work{"REPORT /dav/bob/work/"};
    const auto read = [&](const std::string& name) { return Texts{"GET " + base + name}; };
    const auto unknown_in_default = joined({three("default"), home});
    const Item task{"/dav/bob/work/t.ics", "\"1\"", event("a", "task", true, "VTODO")};
    const Item longer{"/dav/bob/work/l.ics", "\"1\"", event("aa")};
    for (const auto& each : std::vector<Case>{
             {"under our own name, by an invitation: nothing else is asked",
              {{base + "default/", {{invited(base + "default/a.ics")}}},
               {base + "work/", {{invited(base + "work/x")}}}},
              base + "default/a.ics",
              {}},
             {"under another name, by an invitation: only this calendar is asked",
              {{base + "default/", {{invited(base + "default/x.ics")}}},
               {base + "work/", {{invited(base + "work/x")}}}},
              base + "default/x.ics",
              joined({once, read("default/x.ics")})},
             {"only in another calendar",
              {{base + "default/", {}}, {base + "work/", {{invited(base + "work/x.ics")}}}},
              base + "work/x.ics",
              joined({unknown_in_default, work, read("work/x.ics")})},
             {"a task in another calendar",
              {{base + "default/", {}}, {base + "work/", {{task}}}},
              base + "work/t.ics",
              joined({unknown_in_default, work, work, read("work/t.ics")})},
             {"nowhere",
              {{base + "default/", {}}, {base + "work/", {{longer}}}},
              "none",
              joined({unknown_in_default, work, read("work/l.ics"), work, work})},
             {"imported here under our own name, and nowhere else",
              {{base + "default/", {{imported(base + "default/a.ics")}}}, {base + "work/", {}}},
              base + "default/a.ics",
              joined({once, read("default/a.ics"), home, three("work")})},
             {"imported here, invited there: the invited one",
              {{base + "default/", {{imported(base + "default/a.ics")}}},
               {base + "work/", {{invited(base + "work/x.ics")}}}},
              base + "work/x.ics, also /dav/bob/default/a.ics",
              joined({once, read("default/a.ics"), home, work, read("work/x.ics")})},
             {"imported here and there: the configured one",
              {{base + "default/", {{imported(base + "default/x.ics")}}},
               {base + "work/", {{imported(base + "work/x.ics")}}}},
              base + "default/x.ics, also /dav/bob/work/x.ics",
              joined({once, read("default/x.ics"), home, work, read("work/x.ics")})},
             {"imported in two others: the first",
              {{base + "default/", {}},
               {base + "home/", {{imported(base + "home/x.ics")}}},
               {base + "work/", {{imported(base + "work/x.ics")}}}},
              base + "home/x.ics, also /dav/bob/work/x.ics",
              joined({unknown_in_default, {"REPORT /dav/bob/home/"}, read("home/x.ics"), work, read("work/x.ics")})},
             {"imported in one, invited in the next: the invited one, and those behind are not asked",
              {{base + "default/", {}},
               {base + "home/", {{imported(base + "home/x.ics")}}},
               {base + "work/", {{invited(base + "work/x.ics")}}},
               {base + "zoo/", {{invited(base + "zoo/x.ics")}}}},
              base + "work/x.ics, also /dav/bob/home/x.ics",
              joined({unknown_in_default, {"REPORT /dav/bob/home/"}, read("home/x.ics"), work, read("work/x.ics")})},
             {"in what another person shares: it is not his",
              {{base + "default/", {}}, {base + "alices/", {{invited(base + "alices/x.ics")}, "/principals/alice/"}}},
              "none",
              unknown_in_default},
             {"in a calendar whose owner is not told",
              {{base + "default/", {}}, {base + "work/", {{invited(base + "work/x.ics")}, ""}}},
              base + "work/x.ics",
              joined({unknown_in_default, work, read("work/x.ics")})},
             {"the scheduling inbox, the outbox and an address book are no calendars",
              {{base + "default/", {}},
               {base + "inbox/", {{invited(base + "inbox/x")}, "", "<C:calendar/><C:schedule-inbox/>"}},
               {base + "outbox/", {{}, "", "<C:schedule-outbox/>"}},
               {base + "people/", {{}, "", "<A:addressbook xmlns:A=\"urn:ietf:params:xml:ns:carddav\"/>"}}},
              "none",
              unknown_in_default},
             {"names that lead elsewhere are not followed",
              {{base + "default/", {}}, {"/dav/bob/../alice/", {}}, {"ftp://127.0.0.1/dav/bob/work/", {}}},
              "none",
              unknown_in_default},
             {"of a name with another host only the path counts",
              {{base + "default/", {}}, {"https://evil.example.net/dav/bob/work/", {}}},
              "none",
              joined({unknown_in_default, three("work")})},
             {"a name below the home",
              {{base + "default/", {}}, {"work/", {}}},
              "none",
              joined({unknown_in_default, three("work")})},
         }) {
        INFO(each.name);
        Setting s(Home{each.folders});
        CHECK(s.fetch() == each.found);
        CHECK(s.seen() == joined({{"GET /dav/bob/default/a.ics"}, each.seen}));
    }
}

TEST_CASE("the home is asked for types and owners") {
    Setting s(Home{{{"/dav/bob/default/", {}}}});
    CHECK(s.fetch() == "none");
    const auto asked = s.stub.requests().back();
    CHECK(asked.method == "PROPFIND");
    CHECK(asked.headers.at("depth") == "1");
    CHECK(asked.body == calendars_query());
}

TEST_CASE("what is found in another calendar is changed and removed there") {
    Setting s(Home{{{"/dav/bob/default/", {}}, {"/dav/bob/work/", {{invited("/dav/bob/work/x.ics")}}}}});
    const auto found = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(found.has_value(), said(found));
    REQUIRE(found->has_value());
    CHECK(s.caldav.store(bob, "a", event("a", "moved"), *found).has_value());
    CHECK(s.stub.requests().back().method + " " + s.stub.requests().back().target == "PUT /dav/bob/work/x.ics");
    CHECK(s.stub.requests().back().headers.at("if-match") == "\"1\"");
    CHECK(s.caldav.remove(bob, "a", **found).has_value());
    CHECK(s.stub.requests().back().method + " " + s.stub.requests().back().target == "DELETE /dav/bob/work/x.ics");
    CHECK(s.stub.requests().back().headers.at("if-match") == "\"1\"");
}

TEST_CASE("trouble beside the configured calendar") {
    struct Case {
        std::string name;
        HttpAnswer reply;
        std::string want;  // of the home, and of a calendar in it; what is temporary is not remembered
    };
    const std::string cut_off = "<error xmlns=\"DAV:\"><number-of-matches-within-limits/></error>";
    const std::string broken_item =
        "<multistatus xmlns=\"DAV:\"><response><href>/dav/bob/work/x</href><status>HTTP/1.1 500 x</status></response>"
        "</multistatus>";
    for (const auto& each : std::vector<Case>{
             {"forbidden", answer(403), "success"},
             {"not there", answer(404), "success"},
             {"not for this login, which the configured calendar took", answer(401), "success"},
             {"not a method of this server", answer(405), "success"},
             {"not there any more", answer(410), "success"},
             {"not made for this", answer(501), "success"},
             {"a refusal that says nothing of this calendar", answer(400), "temporary"},
             {"a refusal to show all that there is", answer(403, {}, cut_off), "temporary"},
             {"an answer that is too large", answer(207, {}, std::string(9 * 1024 * 1024, 'x')), "temporary"},
             {"an item that the server cannot read", answer(207, {}, broken_item), "temporary"},
             {"an answer that is cut off",
              answer(207, {}, "<multistatus><response>" + cut_off + "</response></multistatus>"), "temporary"},
             {"too many requests", answer(429), "temporary"},
             {"server error", answer(500), "temporary"},
             {"unavailable", answer(503), "temporary"},
             {"redirect to another host", answer(301, {"Location: http://localhost:1/"}), "temporary"},
             {"dropped", HttpAnswer{HttpAnswer::Then::close, ""}, "temporary"},
             {"success without a multistatus", answer(200, {}, "<html/>"), "temporary"},
             {"broken XML", answer(207, {}, "<multistatus><resp"), "temporary"},
         }) {
        INFO(each.name);
        const Home home{{{"/dav/bob/default/", {}}, {"/dav/bob/work/", {}}}};
        Setting at_home([&](const HttpRequest& seen) { return seen.method == "PROPFIND" ? each.reply : home(seen); });
        Setting at_calendar(
            [&](const HttpRequest& seen) { return seen.target == "/dav/bob/work/" ? each.reply : home(seen); });
        const auto fetch = [&each](Setting& s) {
            const auto got = s.caldav.fetch(bob, "a");
            CHECK_MESSAGE(kind(got) == each.want, said(got));
            if (got) CHECK_FALSE(got->has_value());
        };
        fetch(at_calendar);
        fetch(at_home);
        const int listings = at_home.count("PROPFIND");
        fetch(at_home);
        CHECK((at_home.count("PROPFIND") > listings) == (each.want == "temporary"));
    }
}

TEST_CASE("an event is found in a calendar that refuses to be asked for events") {
    const Item task{"/dav/bob/work/t.ics", "\"1\"", event("a", "task", true, "VTODO")};
    const Home home{{{"/dav/bob/default/", {}}, {"/dav/bob/work/", {{task}}}}};
    Setting s([&](const HttpRequest& seen) {
        const bool refused = seen.target == "/dav/bob/work/" && seen.body.find("VEVENT") != std::string::npos;
        return refused ? answer(403) : home(seen);
    });
    CHECK(s.fetch() == "/dav/bob/work/t.ics");
}

TEST_CASE("an event under our own name that a search does not show is there all the same") {
    const Home home{{{"/dav/bob/default/", {{imported("/dav/bob/default/a.ics")}}}}};
    Setting s([&](const HttpRequest& seen) { return seen.method == "REPORT" ? tests::report({}) : home(seen); });
    CHECK(s.fetch() == "/dav/bob/default/a.ics");
}

TEST_CASE("a home is listed once in ten minutes for each user") {
    Setting s(Home{{{"/dav/bob/default/", {}}, {"/dav/alice/default/", {}}}});
    const Owner alice{"alice", "alice@example.com"};
    for (const auto& owner : {bob, alice, bob, alice})
        CHECK(s.fetch(owner) == "none");
    CHECK(s.count("PROPFIND") == 2);
    *s.clock.seconds += 600;
    CHECK(s.fetch() == "none");
    CHECK(s.count("PROPFIND") == 3);
}

TEST_CASE("a home in which each user has one calendar is not listed") {
    Setting s(Home{{{"/dav/bob/bob/", {}}, {"/dav/bob/alice/", {{invited("/dav/bob/alice/a.ics")}}}}}, "{user}");
    CHECK(s.fetch() == "none");
    CHECK(s.count("PROPFIND") == 0);
}

TEST_CASE("many places are named in one short line") {
    Home home{{{"/dav/bob/default/", {}}}};
    for (char name = 'a'; name <= 'z'; ++name) {
        const auto path = std::string("/dav/bob/") + name + "/";
        home.folders[path] = {{imported(path + "imported.ics")}};
    }
    Setting s(home);
    const auto got = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    CHECK((*got)->name == "/dav/bob/a/imported.ics");
    CHECK((*got)->also.starts_with("/dav/bob/b/imported.ics, /dav/bob/c/imported.ics, "));
    CHECK((*got)->also.size() == 300);
}
