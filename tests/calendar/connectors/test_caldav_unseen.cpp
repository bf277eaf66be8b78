#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav.h"
#include "tests/calendar/connectors/caldav_stub.h"
#include "tests/calendar/connectors/contract.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace tests;
using namespace std::chrono_literals;

namespace {

const std::string folder = "/dav/bob/default/";

/// A server on which bob has the event under another name than ours.
struct Setting {
    Clock clock;
    StubHttp stub;
    Caldav caldav;

    explicit Setting(const std::function<HttpAnswer(const HttpRequest&)>& script)
        : stub([script](const HttpRequest& seen) {
              return seen.target == folder + "a.ics" && seen.method == "GET" ? answer(404) : script(seen);
          }),
          caldav({stub.url() + "/dav/{user}/", "default", {}, 2s}, clock) {}

    /// The path, `none`, or which trouble.
    std::string fetch() {
        const auto got = caldav.fetch(bob, "a");
        last = said(got);
        if (!got) return kind(got);
        return *got ? (*got)->name : "none";
    }
    std::string last = {};  ///< what was said
};

HttpAnswer multistatus(const std::string& responses) {
    return answer(
        207, {},
        "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">" + responses + "</multistatus>");
}
std::string response(const std::string& inner, const std::string& name = "x.ics") {
    return "<response><href>" + folder + name + "</href>" + inner + "</response>";
}
std::string propstat(const std::string& status, const std::string& properties) {
    return "<propstat><prop>" + properties + "</prop><status>HTTP/1.1 " + status + "</status></propstat>";
}
std::string shown(const std::string& name, bool organizer) {
    return response(propstat("200 OK", "<getetag>\"1\"</getetag><C:calendar-data>" +
                                           escaped(event("a", "x", organizer)) + "</C:calendar-data>"),
                    name);
}

const std::string no_data = propstat("200 OK", "<getetag>\"1\"</getetag>");

}  // namespace

TEST_CASE("what a server says it could not show is not an unknown event") {
    struct Case {
        std::string name, item, want;
        HttpAnswer whole = answer(200, {"ETag: \"1\""}, event("a"));  // the answer to a GET
    };
    const auto failed = [](const std::string& status) { return "<status>HTTP/1.1 " + status + "</status>"; };
    const std::string x = folder + "x.ics", error = "<error><number-of-matches-within-limits/></error>";
    for (const auto& each : std::vector<Case>{
             {"server error for the item", response(failed("500 Internal Server Error")), "temporary"},
             {"the item is not available", response(failed("503 Service Unavailable")), "temporary"},
             {"too many requests for the item", response(failed("429 Too Many Requests")), "temporary"},
             {"server error for its content",
              response(no_data + propstat("500 Internal Server Error", "<C:calendar-data/>")), "temporary"},
             {"server error for its entity tag only",
              response(propstat("200 OK", "<C:calendar-data>" + escaped(event("a")) + "</C:calendar-data>") +
                       propstat("500 Internal Server Error", "<getetag/>")),
              x},
             {"cut off, in the words of RFC 4791",
              response("<status>HTTP/1.1 507 Insufficient Storage</status>" + error, ""), "temporary"},
             {"cut off, without those words", response(failed("507 Insufficient Storage"), ""), "temporary"},
             {"cut off behind another event", response(error + no_data, "y.ics"), "temporary"},
             {"cut off, but the event with an organizer is there", response(error, "") + shown("x.ics", true), x},
             {"an entity tag without content", response(no_data), x},
             {"content that is empty", response(propstat("200 OK", "<getetag>\"1\"</getetag><C:calendar-data/>")), x},
             {"content that a search does not give",
              response(no_data + propstat("404 Not Found", "<C:calendar-data/>")), x},
             {"content that a search may not give", response(no_data + propstat("403 Forbidden", "<C:calendar-data/>")),
              x},
             {"another event without content", response(no_data), "none", answer(200, {}, event("aa"))},
             {"without content, and cannot be read", response(no_data), "temporary", answer(500)},
             {"without content, and may not be read", response(no_data), "temporary", answer(403)},
             {"without content, and not there under its name", response(no_data), "temporary", answer(404)},
             {"not there any more", response(failed("404 Not Found")), "none", answer(404)},
             {"the calendar itself", response(no_data, ""), "none"},
             {"broken, but the event with an organizer is there",
              response(failed("500 x"), "y.ics") + shown("x.ics", true), x},
             {"broken, and an imported one is there", response(failed("500 x"), "y.ics") + shown("x.ics", false),
              "temporary", answer(200, {"ETag: \"1\""}, event("a", "x", false))},
         }) {
        INFO(each.name);
        Setting s([&](const HttpRequest& seen) {
            if (seen.method == "GET") return each.whole;
            return seen.method == "REPORT" ? multistatus(each.item) : empty_calendar(seen);
        });
        const auto got = s.fetch();
        CHECK_MESSAGE(got == each.want, s.last);
    }
}

TEST_CASE("a bounded number of objects is asked for that a search named only") {
    const auto fetch = [](int objects) {
        std::string items;
        for (int i = 0; i < objects; ++i)
            items += response(no_data, std::to_string(i) + ".ics");
        Setting s([&](const HttpRequest& seen) {
            if (seen.method == "GET") return answer(200, {}, event("b"));
            const bool asked = seen.method == "REPORT" && seen.body.find("VEVENT") != std::string::npos;
            return asked ? multistatus(items) : empty_calendar(seen);
        });
        return s.fetch();
    };
    CHECK(fetch(20) == "none");
    CHECK(fetch(21) == "temporary");
}

TEST_CASE("an event is found however its name is written, or it is not told") {
    struct Case {
        std::string href, want;
    };
    for (const auto& each : std::vector<Case>{
             {"/dav/bob/default/x.ics", folder + "x.ics"},
             {"//dav/bob/default/x.ics", folder + "x.ics"},
             {"/dav/bob/./default/x.ics", folder + "x.ics"},
             {"https://dav.example.com/dav/bob/default/x.ics", folder + "x.ics"},
             {"http://localhost:1/dav/bob/default/x.ics", folder + "x.ics"},
             {"x.ics", folder + "x.ics"},
             {"/dav/bob/default/../x.ics", "temporary"},
             {"file:///dav/bob/default/x.ics", "temporary"},
             {"", "temporary"},
         }) {
        INFO(each.href);
        const auto fetch = [&](const std::string& uid) {
            Setting s([&](const HttpRequest& seen) {
                if (seen.method == "GET") return answer(200, {}, event(uid));
                return seen.method == "REPORT" ? report({{each.href, "\"1\"", event(uid)}}) : empty_calendar(seen);
            });
            return s.fetch();
        };
        CHECK(fetch("a") == each.want);
        CHECK_MESSAGE(fetch("aa") == "none", "another event does not matter");
    }
}

TEST_CASE("an event that a search shows and that is not there under its name is not an unknown event") {
    HttpAnswer whole = answer(404);
    Setting s([&](const HttpRequest& seen) {
        if (seen.method == "PROPFIND") return empty_calendar(seen);
        return seen.method == "GET" ? whole : report({{folder + "x.ics", "", event("a")}});
    });
    CHECK_MESSAGE(s.fetch() == "temporary", s.last);
    whole = answer(200, {}, event("a") + event("b"));
    CHECK_MESSAGE(s.fetch() == "none", "a file of several events is not this one: " << s.last);
}

TEST_CASE("other objects whose UIDs contain the one that is looked for") {
    constexpr std::size_t mib = 1024 * 1024;
    struct Case {
        std::string name;
        int others;
        bool parts;        // the server shows the UID alone when it is asked to
        std::size_t size;  // of each other object
        int read;
    };
    for (const Case& each : std::vector<Case>{
             {"few, however large", 3, false, mib, 4},
             {"several, on a server that shows whole objects", 4, false, mib, 1},
             {"many, on a server that shows whole objects", 20, false, 1000, 1},
             {"very many and large", 2000, true, mib, 1},
         }) {
        INFO(each.name);
        const std::string large(each.size, 'x');
        std::vector<Item> uids, whole;
        for (int i = 0; i < each.others; ++i) {
            const auto href = folder + std::to_string(i) + ".ics", uid = "a" + std::to_string(i);
            uids.push_back({href, "\"1\"", event(uid)});
            if (!each.parts) whole.push_back({href, "\"1\"", event(uid, large)});
        }
        uids.push_back({folder + "x.ics", "\"1\"", event("a")});
        whole.push_back(uids.back());
        int read = 0;
        Setting s([&](const HttpRequest& seen) {
            if (seen.method == "GET") {
                ++read;
                return answer(200, {"ETag: \"1\""}, event(seen.target.ends_with("/x.ics") ? "a" : "aa", large));
            }
            if (seen.method == "PROPFIND") return empty_calendar(seen);
            const bool shown = seen.body.find("calendar-data") != std::string::npos;
            return shown && !each.parts ? report(whole) : report(uids, seen);
        });
        CHECK_MESSAGE(s.fetch() == folder + "x.ics", s.last);
        CHECK(read == each.read);
    }
}

TEST_CASE("a bounded number of objects is read in one call, however many calendars there are") {
    std::string home = response(propstat("200 OK", "<resourcetype><C:calendar/></resourcetype>"), "");
    for (int i = 0; i < 10; ++i)
        home += "<response><href>/dav/bob/c" + std::to_string(i) + "/</href>" +
                propstat("200 OK", "<resourcetype><C:calendar/></resourcetype>") + "</response>";
    int read = 0;
    Setting s([&](const HttpRequest& seen) {
        if (seen.method == "PROPFIND") return multistatus(home);
        if (seen.method == "GET") {
            ++read;
            return answer(200, {}, event("aa"));
        }
        std::vector<Item> items;
        for (int i = 0; i < 3; ++i)
            items.push_back({seen.target + std::to_string(i) + ".ics", "\"1\"", event("aa")});
        return report(seen.body.find("VEVENT") == std::string::npos ? std::vector<Item>() : items, seen);
    });
    CHECK_MESSAGE(s.fetch() == "none", s.last);
    CHECK_MESSAGE(read == 3, "of all others the UIDs were asked for");
}

TEST_CASE("a calendar that is not there may come back") {
    bool there = false;
    int refusal = 404;
    Setting s([&](const HttpRequest& seen) {
        if (!there) return answer(refusal);
        return seen.method == "PUT" ? answer(201) : empty_calendar(seen);
    });
    for (const int status : {404, 410}) {
        refusal = status;
        INFO(status);
        CHECK(s.fetch() == "temporary");
        CHECK_MESSAGE(s.last.find("not found on the server") != std::string::npos, s.last);
        const auto stored = s.caldav.store(bob, "a", event("a"), std::nullopt);
        CHECK_MESSAGE(kind(stored) == "temporary", said(stored));
    }
    refusal = 409;  // RFC 4918 9.7.1, or the UID: the next fetch tells
    const auto stored = s.caldav.store(bob, "a", event("a"), std::nullopt);
    CHECK_MESSAGE(kind(stored) == "conflict", said(stored));
    CHECK_MESSAGE(said(stored).find("not found on the server") != std::string::npos, said(stored));
    there = true;
    CHECK(s.fetch() == "none");
}

TEST_CASE("a call ends after three time-outs, however many requests it would take") {
    std::string home;
    for (int i = 0; i < 50; ++i)
        home += "<response><href>/dav/bob/c" + std::to_string(i) + "/</href>" +
                propstat("200 OK", "<resourcetype><C:calendar/></resourcetype>") + "</response>";
    home += response(propstat("200 OK", "<resourcetype><C:calendar/></resourcetype>"), "");
    const Clock clock;
    Setting s([&](const HttpRequest& seen) {
        *clock.seconds += 1;
        return multistatus(seen.method == "PROPFIND" ? home : "");
    });
    Caldav caldav({s.stub.url() + "/dav/{user}/", "default", {}, 2s}, clock);
    const auto got = caldav.fetch(bob, "a");
    CHECK(kind(got) == "temporary");
    CHECK_MESSAGE(said(got).find("no time left, the requests before took too long") != std::string::npos, said(got));
    // The clock stands still for the first one.
    CHECK(s.stub.requests().size() == 7);
}

TEST_CASE("the last request of a call gets what time is left") {
    const Clock clock;
    StubHttp stub([&](const HttpRequest& seen) {
        if (seen.method == "REPORT") return HttpAnswer{HttpAnswer::Then::hang, ""};
        *clock.seconds += 29;
        return seen.method == "GET" ? answer(404) : empty_calendar(seen);
    });
    Caldav caldav({stub.url() + "/dav/{user}/", "default", {}, 20s}, clock);
    const auto start = std::chrono::steady_clock::now();
    const auto got = caldav.fetch(bob, "a");
    CHECK_MESSAGE(kind(got) == "temporary", said(got));
    CHECK(std::chrono::steady_clock::now() - start < 15s);
}
