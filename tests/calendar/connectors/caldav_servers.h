#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav.h"
#include "calendar/net/http.h"
#include "tests/calendar/net/request.h"
#include "tests/calendar/results.h"
#include "tests/support/process.h"
#include "tests/support/radicale.h"
#include "tests/support/xandikos.h"

/// Real servers in private folders, where bob has two calendars: the usual one and `work`.
namespace tests {

/// What another program does there; the status of the reply.
inline int status_of(const std::string& url, calendar::net::Request request) {
    if (!request.body.empty()) request.headers = {{"Content-Type", "text/calendar"}};
    const auto response = calendar::net::Http(*calendar::net::Origin::parse(url)).send(request);
    INFO(said(response));
    REQUIRE(response.has_value());
    return response->status;
}

struct RadicaleCalendars : Radicale {
    RadicaleCalendars() : Radicale("RrWw") {
        for (const char* each : {"default", "work"})
            REQUIRE(send("MKCALENDAR", std::string(each) + "/") == 201);
    }

    calendar::connectors::CaldavOptions options(const std::string& password = "pw-milter",
                                                const std::string& calendar = "default") const {
        write_text(folder.path() / "password", password + "\n");
        return {url + "/{user}/",
                calendar,
                {.username = "milter", .password_file = folder.path() / "password"},
                std::chrono::seconds(20)};
    }
    /// What the own program of bob does in that home.
    int send(const std::string& method, const std::string& path, const std::string& body = {}) const {
        auto made = request(method, "/bob/" + path, body);
        made.credentials.username = "bob";
        made.credentials.password = "pw-bob";
        return status_of(url, std::move(made));
    }
    std::string usual() const { return "default/"; }
};

struct XandikosCalendars : Xandikos {
    XandikosCalendars() : Xandikos("alice") {
        for (const char* each : {"/bob/", "/bob/calendars/"})
            REQUIRE(status_of(url, request("MKCOL", each)) == 201);
        for (const char* each : {"calendar/", "work/"})
            REQUIRE(send("MKCALENDAR", each) == 201);
    }

    calendar::connectors::CaldavOptions options() const {
        return {url + "/{user}/calendars/", "calendar", {}, std::chrono::seconds(20)};
    }
    int send(const std::string& method, const std::string& path, const std::string& body = {}) const {
        return status_of(url, request(method, "/bob/calendars/" + path, body));
    }
    std::string usual() const { return "calendar/"; }
};

template <class Server>
void put(const Server& server, const std::string& path, const std::string& content) {
    INFO(path);
    REQUIRE(server.send("PUT", path, content) / 100 == 2);
}

}  // namespace tests
