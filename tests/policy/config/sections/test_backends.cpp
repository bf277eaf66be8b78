#include <string>
#include <variant>

#include <doctest/doctest.h>

#include "policy/config/config.h"
#include "tests/support/process.h"

namespace {

/// What is wrong with a CalDAV backend; empty: nothing.
std::string mistakes(const std::string& backend) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "c.yaml";
    tests::write_text(file, "users: [{domain: {domains: [example.com]}}]\nbackends: {default: {type: caldav, " +
                                backend + "}}\npolicy: []\n");
    const auto config = policy::config::read_config(file);
    std::string text;
    if (!config)
        for (const auto& each : config.error())
            text += each.text() + "\n";
    return text;
}

}  // namespace

TEST_CASE("calendars that the server names") {
    struct Row {
        std::string backend, want;
    };
    for (const Row& row : {
             Row{"url: 'https://dav.example.org/{user}/', calendar: auto", ""},
             {"url: 'https://dav.example.org/', calendar: auto, principal: '/principals/{user}/'", ""},
             {"url: 'https://dav.example.org/', calendar: work, principal: '/principals/{user}/'", ""},
             {"url: 'https://dav.example.org/', calendar: auto, headers: {Authorize-As: '{user}'}", ""},
             {"url: 'https://dav.example.org/', calendar: auto", "'backends.default.calendar' must name a calendar"},
             {"url: 'https://dav.example.org/', principal: '/principals/bob/'", "a path with a placeholder"},
             {"url: 'https://dav.example.org/', principal: 'principals/{user}/'", "a path with a placeholder"},
             {"url: 'https://dav.example.org/', principal: '/principals/{nobody}/'", "{nobody}"},
             {"url: 'https://dav.example.org/{user}/', principal: '/principals/{user}/'",
              "only valid if 'url' has no placeholder"},
             {"url: 'https://dav.example.org/', calendar: '{user}', principal: '/principals/{user}/'",
              "only valid if 'calendar' has no placeholder"},
         }) {
        INFO(row.backend);
        const auto got = mistakes(row.backend);
        CHECK_MESSAGE((row.want.empty() ? got.empty() : got.find(row.want) != std::string::npos), got);
    }
}
