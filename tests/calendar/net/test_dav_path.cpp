#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/dav_path.h"

using namespace calendar::net;

TEST_CASE("the path that an href names") {
    struct Case {
        std::string name, href, want;
    };
    for (const auto& each : std::vector<Case>{
             {"a path", "/dav/bob/default/x.ics", "/dav/bob/default/x.ics"},
             {"a collection", "/dav/bob/default/", "/dav/bob/default/"},
             {"what must not stand in a URL is encoded", "/dav/a b@c\"#?\xC3\xBC.ics",
              "/dav/a%20b@c%22%23%3F%C3%BC.ics"},
             {"what is encoded stays", "/dav/a%20b%2fc.ics", "/dav/a%20b%2fc.ics"},
             {"slashes too many", "//dav//bob/default///x.ics", "/dav/bob/default/x.ics"},
             {"slashes too many at the end", "/dav/bob//", "/dav/bob/"},
             {"slashes only", "//", "/"},
             {"here", "/dav/./bob/%2e/%2E/x.ics", "/dav/bob/x.ics"},
             {"here at the end", "/dav/bob/.", "/dav/bob/"},
             {"dots that are a part of a name", "/dav/..bob/.../x..ics", "/dav/..bob/.../x..ics"},
             {"a URL", "https://dav.example.com/dav/x.ics", "/dav/x.ics"},
             {"a URL with a port and user, which do not count", "HTTP://u:p@127.0.0.1:1/dav/x.ics", "/dav/x.ics"},
             {"a URL without a path", "https://dav.example.com", "/"},
             {"below the collection", "x.ics", "/dav/bob/default/x.ics"},
             {"here, below the collection", "./x.ics", "/dav/bob/default/x.ics"},
             {"a file named as a scheme", "http", "/dav/bob/default/http"},
             {"a colon behind a slash", "./a:b.ics", "/dav/bob/default/a:b.ics"},
             {"up", "/dav/../x.ics", "none"},
             {"up at the end", "/dav/..", "none"},
             {"up, below the collection", "../x.ics", "none"},
             {"up in a URL", "https://dav.example.com/dav/../x.ics", "none"},
             {"up, encoded", "/dav/%2e%2E/x.ics", "none"},
             {"up, half encoded", "/dav/.%2e/x.ics", "none"},
             {"another scheme", "file:///etc/passwd", "none"},
             {"a URL without a host", "http:/x.ics", "none"},
             {"a scheme without anything", "mailto:bob@example.com", "none"},
             {"empty", "", "none"},
         }) {
        INFO(each.name);
        const auto got = path_of_href(each.href, "/dav/bob/default/");
        CHECK(got.value_or("none") == each.want);
        CHECK(plain_path(got.value_or("/")));
    }
}

TEST_CASE("paths that mean the same to every reader") {
    for (const char* good : {"/", "/a", "/a/", "/a%20b/..c/"})
        CHECK_MESSAGE(plain_path(good), good);
    for (const char* bad : {"", "a", "//", "/a//b", "/./a", "/a/..", "/a/%2e%2e/b", "/%2E/"})
        CHECK_FALSE_MESSAGE(plain_path(bad), bad);
}

TEST_CASE("an href as long as a whole answer takes no longer than reading it") {
    std::string dots;
    for (int i = 0; i < 2'000'000; ++i)
        dots += "%2e";
    CHECK(path_of_href("/dav/" + dots, "/dav/") == "/dav/" + dots);
}
