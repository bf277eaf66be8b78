#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/webdav.h"

using namespace calendar::net;

namespace {

std::string multistatus(const std::string& inner) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\" "
           "xmlns:C=\"urn:ietf:params:xml:ns:caldav\">" +
           inner + "</D:multistatus>";
}

}  // namespace

TEST_CASE("a multistatus is read whatever its prefixes") {
    for (const std::string& body : {
             multistatus("<D:response><D:href> /bob/a.ics\n</D:href><D:propstat><D:prop><D:getetag>\"1\"</D:getetag>"
                         "<C:calendar-data>BEGIN:VCALENDAR\nUID:a&amp;b\n</C:calendar-data></D:prop>"
                         "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"),
             std::string(
                 "<multistatus "
                 "xmlns=\"DAV:\"><response><href>/bob/a.ics</href><propstat><prop><getetag>&quot;1&quot;</getetag>"
                 "<x:calendar-data xmlns:x=\"urn:ietf:params:xml:ns:caldav\"><![CDATA[BEGIN:VCALENDAR\r\n]]><!-- cut "
                 "-->"
                 "<![CDATA[UID:a&b\n]]></x:calendar-data></prop><status>HTTP/1.1 200 "
                 "OK</status></propstat></response></multistatus>"),
         }) {
        INFO(body);
        const auto got = read_multistatus(body);
        REQUIRE(got.has_value());
        REQUIRE(got->size() == 1);
        CHECK(got->at(0).href == "/bob/a.ics");
        CHECK(got->at(0).etag == "\"1\"");
        CHECK(got->at(0).content == "BEGIN:VCALENDAR\r\nUID:a&b\r\n");
        CHECK(got->at(0).status == 200);
    }
}

TEST_CASE("statuses within a multistatus") {
    const auto status = [](const std::string& inner) {
        const auto got = read_multistatus(multistatus("<D:response><D:href>/x</D:href>" + inner + "</D:response>"));
        REQUIRE(got.has_value());
        return got->at(0).status;
    };
    const auto propstat = [](const std::string& line) {
        return "<D:propstat><D:prop/><D:status>" + line + "</D:status></D:propstat>";
    };
    CHECK(status("<D:status>HTTP/1.1 404 Not Found</D:status>") == 404);
    CHECK(status(propstat("HTTP/1.1 200 OK")) == 200);
    CHECK(status(propstat("HTTP/1.1 200 OK") + propstat("HTTP/1.1 404 Not Found")) == 404);
    CHECK(status(propstat("HTTP/1.1 412 Precondition Failed")) == 412);
    CHECK(status("") == 200);
    CHECK(status("<D:status>nonsense</D:status>") == 200);
    CHECK(status("<D:status>HTTP/1.1 4x4</D:status>") == 200);
}

TEST_CASE("properties of a refused propstat do not count") {
    const auto got = read_multistatus(
        multistatus("<D:response><D:href>/x</D:href><D:propstat><D:prop><D:getetag>\"1\"</D:getetag></D:prop>"
                    "<D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat></D:response>"));
    CHECK(got->at(0).etag == "");
}

TEST_CASE("preconditions") {
    const auto got = read_multistatus(
        multistatus("<D:response><D:href>/x</D:href><D:status>HTTP/1.1 412 Precondition Failed</D:status>"
                    "<D:error><C:no-uid-conflict/></D:error></D:response>"));
    CHECK(got->at(0).conditions == std::vector<std::string>{"no-uid-conflict"});
    CHECK(read_conditions("<d:error xmlns:d=\"DAV:\"><c:no-uid-conflict xmlns:c=\"x\"/><d:lock/></d:error>") ==
          std::vector<std::string>{"no-uid-conflict", "lock"});
    CHECK(cut_off({"lock", "number-of-matches-within-limits"}));
    CHECK_FALSE(cut_off({"lock"}));
    CHECK(read_conditions("<html><body>no</body></html>").empty());
    CHECK(read_conditions("plain text").empty());
    CHECK(read_conditions("").empty());
}

TEST_CASE("what a refusal says to people is not among the preconditions") {
    const std::string sabre =
        "<d:error xmlns:d=\"DAV:\" "
        "xmlns:s=\"http://sabredav.org/ns\"><s:exception>Sabre\\DAV\\Exception\\NotAuthenticated"
        "</s:exception><s:message> No public access &amp; more </s:message><c:no-uid-conflict xmlns:c=\"x\"><d:href>/y"
        "</d:href></c:no-uid-conflict></d:error>";
    CHECK(read_message(sabre) == "No public access & more");
    CHECK(read_conditions(sabre) == std::vector<std::string>{"no-uid-conflict"});
    CHECK(read_message("<d:error xmlns:d=\"DAV:\"/>") == "");
    CHECK(read_message("<html><message>no</message></html>") == "");
    CHECK(read_message("plain text") == "");
}

TEST_CASE("what is no multistatus is a sentence") {
    for (const std::string& body : {
             std::string(),
             std::string("plain"),
             std::string("<html/>"),
             multistatus("").substr(0, 100),
             std::string("<a><b></a>"),
             std::string("<multistatus"),
             std::string("\0\0\0", 3),
         }) {
        INFO(body);
        const auto got = read_multistatus(body);
        REQUIRE_FALSE(got.has_value());
        CHECK_FALSE(got.error().empty());
    }
    CHECK(read_multistatus(multistatus(""))->empty());
}

TEST_CASE("entities and document types are not read") {
    const std::string bomb =
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\"><!ENTITY f SYSTEM "
        "\"file:///etc/passwd\">]>";
    CHECK_FALSE(
        read_multistatus(bomb + "<multistatus><response><href>&b;&f;</href></response></multistatus>").has_value());
    const auto got = read_multistatus("<multistatus><response><href>&b;&lt;</href></response></multistatus>");
    CHECK(got->at(0).href == "&b;<");
}

TEST_CASE("deep and wide documents end") {
    std::string deep;
    for (int i = 0; i < 500'000; ++i)
        deep += "<a>";
    CHECK_FALSE(read_multistatus(deep).has_value());
    std::string closed = deep;
    for (int i = 0; i < 500'000; ++i)
        closed += "</a>";
    CHECK(read_multistatus("<multistatus>" + closed + "</multistatus>")->empty());
    std::string wide;
    for (int i = 0; i < 100'000; ++i)
        wide += "<response><href>/x</href></response>";
    CHECK(read_multistatus("<multistatus>" + wide + "</multistatus>")->size() == 100'000);
}

TEST_CASE("the query asks for exactly this text, escaped") {
    const auto query = calendar_query("VTODO", "a<b>&\"c\" \xC3\xBC]]>", Detail::etag);
    CHECK(query.find("<C:comp-filter name=\"VTODO\"><C:prop-filter name=\"UID\">"
                     "<C:text-match collation=\"i;octet\">a&lt;b&gt;&amp;\"c\" \xC3\xBC]]&gt;</C:text-match>") !=
          std::string::npos);
    CHECK(query.find("<D:prop><D:getetag/></D:prop>") != std::string::npos);
    CHECK(calendar_query("VTODO", "a", Detail::uid)
              .find("<D:prop><D:getetag/><C:calendar-data><C:comp name=\"VCALENDAR\"><C:comp name=\"VTODO\">"
                    "<C:prop name=\"UID\"/></C:comp></C:comp></C:calendar-data></D:prop>") != std::string::npos);
}

TEST_CASE("the cards of an address book") {
    const auto got = read_multistatus(
        "<D:multistatus xmlns:D=\"DAV:\" xmlns:A=\"urn:ietf:params:xml:ns:carddav\"><D:response><D:href>/bob/</D:href>"
        "<D:propstat><D:status>HTTP/1.1 404 Not Found</D:status><D:prop><A:address-data/></D:prop></D:propstat>"
        "</D:response><D:response><D:href>/bob/1.vcf</D:href><D:propstat><D:prop>"
        "<A:address-data>BEGIN:VCARD\nEMAIL:a&amp;b@example.org\nEND:VCARD\n</A:address-data></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>");
    REQUIRE(got.has_value());
    REQUIRE(got->size() == 2);
    CHECK(got->at(0).content == "");
    CHECK(got->at(0).status == 404);
    CHECK(got->at(1).content == "BEGIN:VCARD\r\nEMAIL:a&b@example.org\r\nEND:VCARD\r\n");
}

TEST_CASE("the state of a collection") {
    const auto state = [](const std::string& properties, const std::string& status = "200 OK") {
        const auto got = read_multistatus(multistatus("<D:response><D:href>/bob/</D:href><D:propstat><D:prop>" +
                                                      properties + "</D:prop><D:status>HTTP/1.1 " + status +
                                                      "</D:status></D:propstat></D:response>"));
        REQUIRE(got.has_value());
        return got->at(0).sync_token + "|" + got->at(0).ctag;
    };
    CHECK(state("<D:sync-token> http://example.org/sync/1\n</D:sync-token>"
                "<s:getctag xmlns:s=\"http://calendarserver.org/ns/\">\"a&amp;b\"</s:getctag>") ==
          "http://example.org/sync/1|\"a&b\"");
    CHECK(state("<getctag xmlns=\"http://calendarserver.org/ns/\"><![CDATA[7]]></getctag>") == "|7");
    CHECK(state("<D:sync-token/>") == "|");
    CHECK(state("") == "|");
    CHECK(state("<D:sync-token>1</D:sync-token><D:getctag>1</D:getctag>", "404 Not Found") == "|");
}

TEST_CASE("calendars, and whose they are") {
    const auto said = [](const std::string& properties, const std::string& status = "200 OK") {
        const auto got = read_multistatus(multistatus("<D:response><D:href>/bob/x/</D:href><D:propstat><D:prop>" +
                                                      properties + "</D:prop><D:status>HTTP/1.1 " + status +
                                                      "</D:status></D:propstat></D:response>"));
        REQUIRE(got.has_value());
        return (got->at(0).calendar ? "calendar|" : "-|") + got->at(0).owner;
    };
    const auto type = [](const std::string& inner) {
        return "<D:resourcetype><D:collection/>" + inner + "</D:resourcetype>";
    };
    CHECK(said(type("<C:calendar/>") + "<D:owner><D:href> /principals/b%20b/\n</D:href></D:owner>") ==
          "calendar|/principals/b%20b/");
    CHECK(said(type("<cal:calendar xmlns:cal=\"urn:ietf:params:xml:ns:caldav\"/><x:shared xmlns:x=\"y\"/>")) ==
          "calendar|");
    CHECK(said(type("")) == "-|");
    CHECK(said(type("<C:schedule-inbox/>")) == "-|");
    CHECK(said(type("<C:calendar/><C:schedule-inbox/>")) == "-|");
    CHECK_MESSAGE(said(type("<C:schedule-outbox/><C:calendar/>")) == "calendar|", "as SOGo has it");
    CHECK(said(type("<C:schedule-outbox/>")) == "-|");
    CHECK(said(type("<C:calendar-proxy-read/>")) == "-|");
    CHECK(said("<D:resourcetype/><D:owner/>") == "-|");
    CHECK(said("<D:owner><D:unauthenticated/></D:owner>") == "-|");
    CHECK(said("") == "-|");
    CHECK(said(type("<C:calendar/>") + "<D:owner><D:href>/bob/</D:href></D:owner>", "403 Forbidden") == "-|");
    const auto takes = read_multistatus(
        multistatus("<D:response><D:href>/x/</D:href><D:propstat><D:prop><C:supported-calendar-component-set><C:comp "
                    "name=\"VEVENT\"/><C:other/><C:comp name=\"VTODO\"/></C:supported-calendar-component-set></D:prop>"
                    "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"));
    REQUIRE(takes.has_value());
    CHECK(takes->at(0).components == std::vector<std::string>{"VEVENT", "VTODO"});
    CHECK(calendars_query() ==
          "<?xml version=\"1.0\"?><D:propfind xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" "
          "xmlns:CS=\"http://calendarserver.org/ns/\"><D:prop><D:resourcetype/><D:owner/><D:creationdate/>"
          "<C:supported-calendar-component-set/><D:current-user-principal/></D:prop></D:propfind>");
}

TEST_CASE("where a principal's calendars are, and what a calendar takes") {
    const auto got = read_multistatus(
        multistatus("<D:response><D:href>/bob/</D:href><D:propstat><D:prop>"
                    "<C:calendar-home-set><D:href> /cal/bob/ </D:href><D:href>/cal/team/</D:href></C:calendar-home-set>"
                    "<C:schedule-inbox-URL><D:href>/cal/bob/inbox/</D:href></C:schedule-inbox-URL>"
                    "<C:schedule-default-calendar-URL><D:href>/cal/bob/main/</D:href></C:schedule-default-calendar-URL>"
                    "<C:supported-calendar-component-set><C:comp name=\"VEVENT\"/><C:comp name=\"VTODO\"/>"
                    "</C:supported-calendar-component-set><D:creationdate>2026-01-01T00:00:00Z</D:creationdate>"
                    "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"));
    REQUIRE(got.has_value());
    CHECK(got->at(0).home == "/cal/bob/");
    CHECK(got->at(0).inbox == "/cal/bob/inbox/");
    CHECK(got->at(0).default_calendar == "/cal/bob/main/");
    CHECK(got->at(0).components == std::vector<std::string>{"VEVENT", "VTODO"});
    CHECK(got->at(0).created == "2026-01-01T00:00:00Z");
    CHECK_FALSE(got->at(0).anonymous);
    CHECK(home_query().find("<C:calendar-home-set/><C:schedule-inbox-URL/><C:schedule-default-calendar-URL/>") !=
          std::string::npos);
    CHECK(default_calendar_query().find("<D:prop><C:schedule-default-calendar-URL/></D:prop>") != std::string::npos);
}

TEST_CASE("where a refusal says that a UID is") {
    const auto refusal = [](const std::string& inner) {
        return read_condition_href("<D:error xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">" + inner +
                                   "</D:error>");
    };
    CHECK(refusal("<C:no-uid-conflict><D:href> /bob/x.ics </D:href></C:no-uid-conflict>") == "/bob/x.ics");
    CHECK(refusal("<C:no-uid-conflict/><C:other><D:href>/y.ics</D:href></C:other>") == "/y.ics");
    CHECK(refusal("<C:no-uid-conflict/>") == "");
    CHECK(read_condition_href("not XML") == "");
}

TEST_CASE("who is logged in, and what a principal is called in calendars") {
    const auto got = read_multistatus(multistatus(
        "<D:response><D:href>/bob/x/</D:href><D:propstat><D:prop>"
        "<D:current-user-principal><D:href>\n/principals/bob/</D:href></D:current-user-principal>"
        "<C:calendar-user-address-set><D:href> mailto:bob@example.com</D:href><D:href>urn:uuid:1</D:href><D:x>y</D:x>"
        "</C:calendar-user-address-set></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        "<D:response><D:href>/bob/y/</D:href><D:propstat><D:prop><D:current-user-principal><D:unauthenticated/>"
        "</D:current-user-principal><C:calendar-user-address-set/></D:prop><D:status>HTTP/1.1 200 OK</D:status>"
        "</D:propstat></D:response>"));
    REQUIRE(got.has_value());
    CHECK(got->at(0).login == "/principals/bob/");
    CHECK(got->at(0).user_addresses == std::vector<std::string>{"mailto:bob@example.com", "urn:uuid:1"});
    CHECK(got->at(1).login.empty());
    CHECK(got->at(1).anonymous);
    CHECK_FALSE(got->at(0).anonymous);
    CHECK(got->at(1).user_addresses.empty());
    CHECK(principals_query().find("<D:prop><D:owner/><D:current-user-principal/></D:prop>") != std::string::npos);
    CHECK(user_addresses_query().find("<D:prop><C:calendar-user-address-set/></D:prop>") != std::string::npos);
}

TEST_CASE("what an address book is asked") {
    CHECK(collection_state_query() ==
          "<?xml version=\"1.0\"?><D:propfind xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" "
          "xmlns:CS=\"http://calendarserver.org/ns/\"><D:prop><D:sync-token/><CS:getctag/></D:prop></D:propfind>");
    CHECK(
        email_query() ==
        "<?xml version=\"1.0\"?><C:addressbook-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:carddav\">"
        "<D:prop><C:address-data><C:prop name=\"EMAIL\"/></C:address-data></D:prop><C:filter/></C:addressbook-query>");
}

TEST_CASE("entity tags that may be sent back") {
    for (const char* good : {"\"\"", "\"abc\"", "\"gcs00000000\"", "\"a'b\\c/=\""})
        CHECK_MESSAGE(strong_etag(good), good);
    for (const std::string& bad :
         {std::string(), std::string("\""), std::string("abc"), std::string("W/\"abc\""), std::string("\"a\"b\""),
          std::string("\"a\r\nX: y\""), std::string("\"a b\""), std::string(2000, '"')})
        CHECK_FALSE_MESSAGE(strong_etag(bad), bad);
}
