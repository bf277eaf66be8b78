#include "calendar/net/dav_status.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "calendar/net/webdav.h"

namespace calendar::net {
namespace {

enum class Meaning { success, temporary, permanent, conflict };

struct Row {
    int first, last;
    Meaning meaning;
    std::string_view sentence;
};

// The first row that contains the status counts.
constexpr auto table = std::to_array<Row>({
    {200, 299, Meaning::success, ""},
    {300, 399, Meaning::temporary, "the server redirected the request; correct 'url'"},
    {401, 401, Meaning::temporary, "the server did not accept the user name and password"},
    {403, 403, Meaning::permanent, "the server refused access"},
    {404, 404, Meaning::temporary, "not found on the server; create it there or correct the configuration"},
    {408, 408, Meaning::temporary, "the server did not receive the request in time"},
    {409, 409, Meaning::conflict, "the event exists under another name, or its calendar was not found on the server"},
    {410, 410, Meaning::temporary, "not found on the server any more; create it there or correct the configuration"},
    {412, 412, Meaning::conflict, "the event changed since it was read"},
    {423, 423, Meaning::temporary, "locked on the server"},
    {425, 425, Meaning::temporary, "the server is not ready"},
    {429, 429, Meaning::temporary, "too many requests"},
    {400, 499, Meaning::permanent, "the server refused the request"},
    {500, 599, Meaning::temporary, "server error"},
});

/// Preconditions that mean: this UID exists already, under another name (RFC 4791 5.3.2.1, RFC 6638 3.2.4.1).
bool uid_conflict(const std::vector<std::string>& conditions) {
    return std::any_of(conditions.begin(), conditions.end(), [](const std::string& name) {
        return name == "no-uid-conflict" || name == "unique-scheduling-object-resource";
    });
}

std::optional<base::Trouble> trouble_of(std::string_view what, int status, const std::vector<std::string>& conditions,
                                        std::optional<std::chrono::seconds> retry_after) {
    const auto* row = std::find_if(table.begin(), table.end(),
                                   [status](const Row& each) { return each.first <= status && status <= each.last; });
    if (row == table.end())
        return base::Temporary{fmt::format("{}: {} is not a valid HTTP status", what, status), std::nullopt};
    auto text = fmt::format("{}: {} {}", what, status, row->sentence);
    if (!conditions.empty()) text += fmt::format(" ({:.100})", conditions.front());
    if (row->meaning != Meaning::success && uid_conflict(conditions)) return base::Conflict{std::move(text)};
    if (row->meaning != Meaning::success && cut_off(conditions)) return base::Temporary{std::move(text), retry_after};
    switch (row->meaning) {
        case Meaning::success:
            return std::nullopt;
        case Meaning::temporary:
            return base::Temporary{std::move(text), retry_after};
        case Meaning::permanent:
            return base::Permanent{std::move(text)};
        case Meaning::conflict:
            return base::Conflict{std::move(text)};
    }
    return std::nullopt;
}

}  // namespace

std::optional<base::Trouble> trouble_of_status(std::string_view method, const std::string& url,
                                               const Response& response) {
    const auto what = fmt::format("{} {:.300}", method, url);
    if (response.status != 207)
        return trouble_of(what, response.status,
                          response.status < 400 ? std::vector<std::string>() : read_conditions(response.body),
                          response.retry_after);
    const auto inner = read_multistatus(response.body);
    if (!inner) return base::Temporary{what + ": " + inner.error(), std::nullopt};
    for (const auto& each : *inner)
        if (auto trouble = trouble_of(what, each.status, each.conditions, response.retry_after)) return trouble;
    return std::nullopt;
}

}  // namespace calendar::net
