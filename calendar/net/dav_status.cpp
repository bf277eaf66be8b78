#include "calendar/net/dav_status.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/net/webdav.h"

namespace calendar::net {
namespace {

enum class Meaning { success, temporary, refused, conflict };

struct Row {
    int first, last;
    Meaning meaning;
    std::string_view sentence;
    base::Reach reach = base::Reach::user;  ///< of what is temporary
};

// The first row that contains the status counts.
constexpr auto table = std::to_array<Row>({
    {200, 299, Meaning::success, ""},
    {300, 399, Meaning::temporary, "the server redirected the request; correct 'url'"},
    {401, 401, Meaning::temporary, "the server did not accept the login", base::Reach::backend},
    {403, 403, Meaning::refused, "the server refused access"},
    {404, 404, Meaning::temporary, "not found on the server; create it there or correct the configuration"},
    {408, 408, Meaning::temporary, "the server did not receive the request in time", base::Reach::backend},
    {409, 409, Meaning::conflict, "the event exists under another name, or its calendar was not found on the server"},
    {410, 410, Meaning::temporary, "not found on the server any more; create it there or correct the configuration"},
    {412, 412, Meaning::conflict, "the event changed since it was read"},
    {423, 423, Meaning::temporary, "locked on the server"},
    {425, 425, Meaning::temporary, "the server is not ready", base::Reach::backend},
    {429, 429, Meaning::temporary, "too many requests", base::Reach::backend},
    {400, 499, Meaning::refused, "the server refused the request"},
    {502, 504, Meaning::temporary, "server error", base::Reach::backend},
    {500, 599, Meaning::temporary, "server error"},
});

/// Preconditions of a write (RFC 4791 5.3.2.1, RFC 6638 3.2.4) that no setting of the server changes for this object.
constexpr auto refusals_of_object = std::to_array<std::string_view>(
    {"supported-calendar-data", "valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-component",
     "max-resource-size", "min-date-time", "max-date-time", "max-instances", "max-attendees-per-instance",
     "same-organizer-in-all-components", "allowed-organizer-scheduling-object-change",
     "allowed-attendee-scheduling-object-change"});

/// In bytes, of what the server says.
constexpr std::size_t longest_words = 200;

/// What the server itself says of a refusal: sabre/dav's message, or a short plain text.
std::string words_of(const Response& response) {
    auto words = read_message(response.body);
    if (words.empty() && response.header("content-type").starts_with("text/plain") &&
        response.body.size() <= longest_words)
        words = base::trimmed(response.body, base::white_space);
    return words;
}

/// How one request ended.
struct Reply {
    int status = 0;
    std::vector<std::string> conditions{};
    std::string words{};
    std::optional<std::chrono::seconds> retry_after{};
};

bool has_any(const Reply& reply, std::span<const std::string_view> names) {
    return std::ranges::any_of(reply.conditions,
                               [&](const auto& each) { return std::ranges::find(names, each) != names.end(); });
}

/// This UID exists already, under another name (RFC 4791 5.3.2.1, RFC 6638 3.2.4.1). Nextcloud says so in words. It
/// also says it of a deleted event in its trash, where nothing can be changed.
bool uid_conflict(const Reply& reply) {
    constexpr std::array<std::string_view, 2> names = {"no-uid-conflict", "unique-scheduling-object-resource"};
    const auto words = base::lowered(reply.words);
    return has_any(reply, names) ||
           (reply.status == 400 && !words.starts_with("deleted") && words.find("uid already exists") != words.npos);
}

base::Trouble refusal(std::string_view method, const Reply& reply, std::string text) {
    if (method != "PUT" && method != "DELETE")
        return base::Temporary{std::move(text), reply.retry_after, base::Reach::user};
    if (has_any(reply, refusals_of_object)) return base::Permanent{std::move(text)};
    return base::Temporary{std::move(text), reply.retry_after, base::Reach::write};
}

std::optional<base::Trouble> trouble_of(std::string_view method, std::string_view what, const Reply& reply) {
    const auto* row = std::ranges::find_if(
        table, [&](const Row& each) { return each.first <= reply.status && reply.status <= each.last; });
    if (row == table.end())
        return base::Temporary{fmt::format("{}: {} is not a valid HTTP status", what, reply.status), std::nullopt};
    if (row->meaning == Meaning::success) return std::nullopt;
    auto text = fmt::format("{}: {} {}", what, reply.status, row->sentence);
    if (!reply.conditions.empty()) text += fmt::format(" ({:.100})", reply.conditions.front());
    if (!reply.words.empty()) text += ": " + base::quoted(reply.words, longest_words);
    if (uid_conflict(reply)) return base::Conflict{std::move(text)};
    if (cut_off(reply.conditions)) return base::Temporary{std::move(text), reply.retry_after, base::Reach::user};
    if (row->meaning == Meaning::conflict) return base::Conflict{std::move(text)};
    if (row->meaning == Meaning::refused) return refusal(method, reply, std::move(text));
    return base::Temporary{std::move(text), reply.retry_after, row->reach};
}

}  // namespace

std::optional<base::Trouble> trouble_of_status(std::string_view method, const std::string& url,
                                               const Response& response) {
    const auto what = fmt::format("{} {:.300}", method, url);
    Reply reply{.status = response.status, .retry_after = response.retry_after};
    if (response.status >= 400) {
        reply.conditions = read_conditions(response.body);
        reply.words = words_of(response);
    }
    if (response.status != 207) return trouble_of(method, what, reply);
    const auto inner = read_multistatus(response.body);
    if (!inner) return base::Temporary{what + ": " + inner.error(), std::nullopt, base::Reach::user};
    for (const auto& each : *inner) {
        reply.status = each.status;
        reply.conditions = each.conditions;
        if (auto trouble = trouble_of(method, what, reply)) return trouble;
    }
    return std::nullopt;
}

}  // namespace calendar::net
