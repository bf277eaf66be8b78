#include "calendar/connectors/caldav_search.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "calendar/base/template.h"
#include "calendar/connectors/object.h"
#include "calendar/net/dav_path.h"
#include "calendar/net/dav_status.h"

namespace calendar::connectors {
namespace {

// What a calendar may answer to be left out of a search. Any other refusal may hide the event.
/// One that was just asked for events and takes nothing else. Some servers then fail.
constexpr std::array refusals_of_a_kind = {400, 401, 403, 404, 405, 410, 412, 415, 422, 500, 501};
/// The home took the login just before, so 401 is for this place; what is gone was listed before.
constexpr std::array refusals_beside = {401, 403, 404, 405, 410, 501};

/// Objects that may be the event, are read, and are not. Beyond a few, their UIDs are asked for first: a stranger
/// chooses a UID that others contain.
constexpr std::size_t most_others = 20;
constexpr std::size_t few = 4;

/// Beside the configured calendar nothing is lost by waiting until it can be looked at.
base::Trouble not_for_good(base::Trouble trouble) {
    if (std::holds_alternative<base::Temporary>(trouble)) return trouble;
    return unseen(detail(trouble)).value();
}

/// What servers compare alike with every way to write the UID: its longest part without what RFC 5545 3.3.11 escapes,
/// and servers escape or not. They compare by "contains" (RFC 4791 9.7.5).
std::string_view part_to_ask_for(std::string_view uid) {
    std::string_view longest;
    while (!uid.empty()) {
        const auto end = std::min(uid.find_first_of(";,\\\r\n"), uid.size());
        if (end > longest.size()) longest = uid.substr(0, end);
        uid.remove_prefix(std::min(end + 1, uid.size()));
    }
    return longest;
}

}  // namespace

/// Whether it is of this UID.
bool CaldavSearch::add(Stored stored) {
    const auto identity = identify(stored.content);
    if (!has_uid(identity, uid_)) return false;
    names_.push_back(stored.name);
    if (best_ && (organizer_ || !identity.organizer)) return true;
    best_ = std::move(stored);
    organizer_ = identity.organizer;
    return true;
}

std::optional<Stored> CaldavSearch::best() const {
    auto best = best_;
    if (!best) return best;
    for (const auto& name : names_)
        if (name != best->name) best->also += (best->also.empty() ? "" : ", ") + name;
    best->also = fmt::format("{:.300}", best->also);
    return best;
}

base::Result<void> CaldavSearch::look_under(const std::string& path) {
    return call_.get(path).map([&](std::optional<Stored> found) {
        if (found) add(*std::move(found));
    });
}

/// Adds one item of what a calendar answered.
base::Result<void> CaldavSearch::look_at(const std::string& path, const net::DavResponse& item) {
    const auto what = fmt::format("REPORT {:.300}: {:.300}", call_.site().url(path), item.href);
    if (net::cut_off(item.conditions)) return unseen(what + ": the server did not show all that matches");
    const bool shown = !item.content.empty();
    if (!shown && broken(item.status)) return unseen(fmt::format("{}: {} within the reply", what, item.status));
    if (!shown && net::gone(item.status) && item.etag.empty()) return {};
    if (shown && !has_uid(identify(item.content), uid_)) return {};
    const auto name = net::path_of_href(item.href, path);
    if (!name) return unseen(what + ": this may be the event, but its name is not a usable path");
    if (name->ends_with('/')) return {};  // a collection
    const auto is_known = [plain = base::percent_decoded(*name)](const std::string& known) {
        return base::percent_decoded(known) == plain;
    };
    if (std::ranges::any_of(names_, is_known)) return {};
    if (others_ == most_others) return unseen(what + ": too many objects may be the event");
    auto whole = call_.get(*name);
    if (!whole) return tl::unexpected(std::move(whole.error()));
    if (!*whole) return unseen(what + ": found by the search, but not under its name");
    if (!add(std::move(**whole))) ++others_;
    return {};
}

/// What one calendar has of a kind that may be the event. Their UIDs are asked for only when there are several: they
/// make the answer larger, and on some servers as large as the objects.
base::Result<std::vector<net::DavResponse>> CaldavSearch::candidates(const std::string& path,
                                                                     std::string_view component,
                                                                     std::span<const int> refusals) const {
    const auto ask = [&](net::Detail detail) {
        auto body = net::calendar_query(component, part_to_ask_for(uid_), detail);
        return call_.ask({.method = "REPORT", .depth = "1", .path = path, .body = std::move(body)}, refusals)
            .map([](auto items) { return std::move(items).value_or(std::vector<net::DavResponse>()); });
    };
    auto items = ask(net::Detail::etag);
    if (!items || others_ + items->size() <= few) return items;
    return ask(net::Detail::uid);
}

/// Adds what one calendar has.
base::Result<void> CaldavSearch::look_through(const ListedCalendar& calendar, bool configured) {
    const auto before = names_.size();
    for (const std::string_view component : {"VEVENT", "VTODO", "VJOURNAL"}) {
        // The configured one is always asked for events: a calendar that is missing refuses.
        if (!calendar.may_hold(component) && !(configured && component == "VEVENT")) continue;
        std::span<const int> refusals;
        if (component != "VEVENT")
            refusals = refusals_of_a_kind;
        else if (!configured)
            refusals = refusals_beside;
        const auto items = candidates(calendar.path, component, refusals);
        if (!items) return tl::unexpected(items.error());
        base::Result<void> seen;
        for (const auto& each : *items)
            if (auto looked = look_at(calendar.path, each); !looked) seen = std::move(looked);
        if (!seen && !organizer_) return seen;
        if (names_.size() > before) break;
    }
    return {};
}

base::Result<void> CaldavSearch::look_in(const std::vector<ListedCalendar>& calendars) {
    for (const auto& each : calendars) {
        const bool configured = &each == &calendars.front();
        auto looked = look_through(each, configured);
        if (!looked && configured) return looked;
        if (!looked) return tl::unexpected(not_for_good(std::move(looked.error())));
        if (organizer_) return {};
    }
    return {};
}

}  // namespace calendar::connectors
