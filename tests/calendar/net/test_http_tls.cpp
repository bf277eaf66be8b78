#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/http.h"
#include "tests/calendar/results.h"
#include "tests/support/process.h"

using namespace calendar::net;
using namespace calendar::base;
using namespace tests;

TEST_SUITE_BEGIN("servers");

TEST_CASE("a certificate of our own, and one that only the configured file vouches for") {
    const TemporaryFolder folder;
    const auto key = (folder.path() / "key").string(), certificate = (folder.path() / "certificate").string();
    Process make(
        {"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate},
        folder.path() / "made");
    REQUIRE(make.wait() == 0);
    const auto server = start_server(
        [&](std::uint16_t port) {
            return std::vector<std::string>{"/usr/bin/openssl",
                                            "s_server",
                                            "-accept",
                                            "127.0.0.1:" + std::to_string(port),
                                            "-key",
                                            key,
                                            "-cert",
                                            certificate,
                                            "-CAfile",
                                            certificate,
                                            "-Verify",
                                            "1",
                                            "-verify_return_error",
                                            "-www"};
        },
        folder.path() / "log");
    Http http(*Origin::parse("https://127.0.0.1:" + std::to_string(server.port)));
    const auto ask = [&](bool vouched, bool known) {
        Request request;
        request.method = "GET";
        request.path = "/";
        if (vouched) request.credentials.authorities = read_text(certificate);
        if (known) {
            request.credentials.certificate = read_text(certificate);
            request.credentials.key = read_text(key);
        }
        return http.send(request);
    };
    const auto both = ask(true, true);
    REQUIRE_MESSAGE(both.has_value(), said(both));
    CHECK(both->status == 200);
    const auto unknown_server = ask(false, true);
    CHECK_MESSAGE(is<Temporary>(unknown_server), said(unknown_server));
    CHECK_MESSAGE(said(unknown_server).find("certificate") != std::string::npos, said(unknown_server));
    const auto unknown_client = ask(true, false);
    CHECK_MESSAGE(is<Temporary>(unknown_client), said(unknown_client));
    CHECK_MESSAGE(ask(true, true).has_value(), "and again");
}

TEST_SUITE_END();
