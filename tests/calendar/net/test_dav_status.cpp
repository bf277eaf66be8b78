#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/dav_status.h"
#include "tests/calendar/results.h"

using namespace calendar::net;
using namespace calendar::base;

namespace {

/// `success`, `permanent`, `conflict`; of temporary trouble whom it concerns.
std::string kind(const std::optional<Trouble>& trouble) {
    if (!trouble) return "success";
    const auto* temporary = std::get_if<Temporary>(&*trouble);
    if (!temporary) return tests::kind(*trouble);
    return temporary->reach == Reach::backend ? "backend" : temporary->reach == Reach::user ? "user" : "write";
}

std::string error_with(const std::string& condition) {
    return "<error xmlns=\"DAV:\"><C:" + condition + " xmlns:C=\"urn:ietf:params:xml:ns:caldav\"/></error>";
}

std::string sabre_error(const std::string& message) {
    return "<d:error xmlns:d=\"DAV:\" xmlns:s=\"http://sabredav.org/ns\"><s:message>" + message +
           "</s:message></d:error>";
}

}  // namespace

TEST_CASE("what the answer to a write means") {
    struct Row {
        const char* what;
        int status;
        std::string body, want;
    };
    const auto uid_conflict = error_with("no-uid-conflict");
    const auto inner = [](const std::string& status, const std::string& more = "") {
        return "<multistatus xmlns=\"DAV:\"><response><href>/x</href><status>HTTP/1.1 " + status + "</status>" + more +
               "</response></multistatus>";
    };
    for (const Row& row : std::vector<Row>{
             {"OK", 200, "", "success"},
             {"created", 201, "", "success"},
             {"no content", 204, "", "success"},
             {"multistatus, all well", 207, inner("200 OK"), "success"},
             {"multistatus with the refusal within: the UID has another name", 207,
              inner("412 Precondition Failed", uid_conflict), "conflict"},
             {"multistatus with another refusal within", 207, inner("403 Forbidden"), "write"},
             {"multistatus with a full calendar within", 207, inner("507 Insufficient Storage"), "user"},
             {"multistatus that is none", 207, "<html/>", "user"},
             {"redirect", 302, "", "user"},
             {"not modified", 304, "", "user"},
             {"bad request", 400, "", "write"},
             {"a second UID, as Nextcloud says it", 400,
              sabre_error("Calendar object with uid already exists in this calendar collection."), "conflict"},
             {"a UID in Nextcloud's trash, which no search finds", 400,
              sabre_error("Deleted calendar object with uid already exists in this calendar collection."), "write"},
             {"wrong password", 401, "", "backend"},
             {"forbidden", 403, "", "write"},
             {"forbidden because the UID has another name", 403, uid_conflict, "conflict"},
             {"the same in the words of scheduling", 403, error_with("unique-scheduling-object-resource"), "conflict"},
             {"forbidden because there is too much to show", 403, error_with("number-of-matches-within-limits"),
              "user"},
             {"forbidden for want of a right", 403, "<error xmlns=\"DAV:\"><need-privileges/></error>", "write"},
             {"an object that is not valid for this server", 403, error_with("valid-calendar-data"), "permanent"},
             {"a component that this calendar does not take", 403, error_with("supported-calendar-component"),
              "permanent"},
             {"an object that is too large for this server", 403, error_with("max-resource-size"), "permanent"},
             {"too many attendees for this server", 403, error_with("max-attendees-per-instance"), "permanent"},
             {"a change that is not an attendee's to make", 403,
              error_with("allowed-attendee-scheduling-object-change"), "permanent"},
             {"no such calendar", 404, "", "user"},
             {"method not allowed", 405, "", "write"},
             {"request time-out", 408, "", "backend"},
             {"the UID has another name", 409, "", "conflict"},
             {"gone", 410, "", "user"},
             {"precondition", 412, "", "conflict"},
             {"too large for the proxy", 413, "", "write"},
             {"unsupported type", 415, "", "write"},
             {"locked", 423, "", "user"},
             {"too early", 425, "", "backend"},
             {"too many requests", 429, "", "backend"},
             {"server error", 500, "", "user"},
             {"bad gateway", 502, "", "backend"},
             {"unavailable", 503, "", "backend"},
             {"no room", 507, "", "user"},
             {"no status at all", 99, "", "backend"},
         }) {
        INFO(row.what);
        Response response;
        response.status = row.status;
        response.body = row.body;
        const auto trouble = trouble_of_status("PUT", "https://dav.example.com/x", response);
        CHECK(kind(trouble) == row.want);
        if (!trouble) continue;
        CHECK(detail(*trouble).starts_with("PUT https://dav.example.com/x: "));
        CHECK(detail(*trouble).find('\n') == std::string::npos);
    }
}

TEST_CASE("a wrong login is said as such, with what the server itself says") {
    const auto said = [](const std::string& type, const std::string& body) {
        Response response;
        response.status = 401;
        response.headers.emplace("content-type", type);
        response.body = body;
        return detail(*trouble_of_status("GET", "https://dav.example.com/x", response));
    };
    const std::string begin = "GET https://dav.example.com/x: 401 the server did not accept the login";
    CHECK(said("text/html", "<html>Unauthorized</html>") == begin);
    CHECK(said("application/xml", sabre_error("Username or password was incorrect")) ==
          begin + ": \"Username or password was incorrect\"");
    CHECK(said("text/plain; charset=utf-8", "Access denied.\n") == begin + ": \"Access denied.\"");
    CHECK(said("application/xml", sabre_error("a\nb\x7f \"c\"")) == begin + ": \"a?b? \\\"c\\\"\"");
    CHECK(said("application/xml", sabre_error(std::string(5'000, 'x'))).size() < begin.size() + 220);
    CHECK(said("text/plain", std::string(5'000, 'x')) == begin);
}

TEST_CASE("a search that is refused may work later, and what it says of an object is nothing of a write") {
    for (const int status : {400, 403, 405, 413}) {
        INFO(status);
        Response response;
        response.status = status;
        response.body = error_with("valid-calendar-data");
        for (const char* method : {"GET", "REPORT", "PROPFIND"})
            CHECK(kind(trouble_of_status(method, "https://dav.example.com/x", response)) == "user");
        CHECK(kind(trouble_of_status("DELETE", "https://dav.example.com/x", response)) == "permanent");
    }
}
