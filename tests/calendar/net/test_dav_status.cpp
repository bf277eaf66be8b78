#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/dav_status.h"
#include "tests/calendar/results.h"

using namespace calendar::net;
using namespace calendar::base;

namespace {

std::string kind(const std::optional<Trouble>& trouble) {
    return trouble ? tests::kind(*trouble) : "success";
}

}  // namespace

TEST_CASE("what the answer to a write means") {
    struct Row {
        const char* what;
        int status;
        std::string body, want;
    };
    const std::string uid_conflict =
        "<error xmlns=\"DAV:\"><C:no-uid-conflict xmlns:C=\"urn:ietf:params:xml:ns:caldav\"/></error>";
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
             {"multistatus with another refusal within", 207, inner("403 Forbidden"), "permanent"},
             {"multistatus with a server's trouble within", 207, inner("507 Insufficient Storage"), "temporary"},
             {"multistatus that is none", 207, "<html/>", "temporary"},
             {"redirect", 302, "", "temporary"},
             {"not modified", 304, "", "temporary"},
             {"bad request", 400, "", "permanent"},
             {"wrong password", 401, "", "temporary"},
             {"forbidden", 403, "", "permanent"},
             {"forbidden because the UID has another name", 403, uid_conflict, "conflict"},
             {"the same in the words of scheduling", 403,
              "<error xmlns=\"DAV:\"><unique-scheduling-object-resource/></error>", "conflict"},
             {"forbidden because there is too much to show", 403,
              "<error xmlns=\"DAV:\"><number-of-matches-within-limits/></error>", "temporary"},
             {"no such calendar", 404, "", "temporary"},
             {"method not allowed", 405, "", "permanent"},
             {"request time-out", 408, "", "temporary"},
             {"the UID has another name", 409, "", "conflict"},
             {"gone", 410, "", "temporary"},
             {"precondition", 412, "", "conflict"},
             {"too large", 413, "", "permanent"},
             {"unsupported type", 415, "", "permanent"},
             {"locked", 423, "", "temporary"},
             {"too early", 425, "", "temporary"},
             {"too many requests", 429, "", "temporary"},
             {"server error", 500, "", "temporary"},
             {"bad gateway", 502, "", "temporary"},
             {"unavailable", 503, "", "temporary"},
             {"no room", 507, "", "temporary"},
             {"no status at all", 99, "", "temporary"},
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
