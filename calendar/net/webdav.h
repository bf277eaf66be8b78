#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace calendar::net {

/// One `response` of a multistatus body (RFC 4918 14.24).
struct DavResponse {
    std::string href;        ///< as the server wrote it, trimmed; nothing was checked
    int status = 0;          ///< of the response itself, else of the first propstat that failed, else 200
    std::string etag;        ///< a strong entity tag with its quotes; empty: none that If-Match could be asked with
    std::string content;     ///< calendar-data or address-data, CRLF line ends (XML turned them into LF)
    std::string sync_token;  ///< RFC 6578 4; empty: not reported
    std::string
        ctag;  ///< getctag, which changes with anything in a collection; no RFC, but widespread; empty: not reported
    bool calendar = false;  ///< a calendar collection (RFC 4791 4.2) that is not a scheduling inbox or outbox
    std::string owner;      ///< the href in DAV:owner (RFC 3744 5.1) as the server wrote it; empty: not reported
    std::string login;      ///< the href in current-user-principal (RFC 5397), the same way
    std::vector<std::string> components;  ///< supported-calendar-component-set (RFC 4791 5.2.3); empty: not reported
    std::vector<std::string> user_addresses;  ///< the hrefs in calendar-user-address-set (RFC 6638 2.4.1), the same way
    std::vector<std::string> conditions;      ///< names below `error` (RFC 4918 16), e.g. no-uid-conflict
};

/// Reads a multistatus body. Elements are known by their local names, whatever their prefix. A document type
/// declaration is refused, so there are no entities but XML's own five. Error: one sentence.
tl::expected<std::vector<DavResponse>, std::string> read_multistatus(std::string_view body);

/// Names below the `error` element of a refusal (RFC 4918 16); empty when the body is something else.
std::vector<std::string> read_conditions(std::string_view body);

/// What such an `error` says to people: the `message` that sabre/dav puts there; empty when there is none.
std::string read_message(std::string_view body);

/// Do they say that there is more than the answer shows (number-of-matches-within-limits, RFC 4791 7.8)?
bool cut_off(const std::vector<std::string>& conditions);

/// What a query brings of each object that it finds.
enum class Detail {
    etag,
    uid  ///< in `content`, with what must stand around it (RFC 4791 9.6); a server may send whole objects instead
};

/// The body of a calendar-query REPORT (RFC 4791 7.8) for components of this kind whose UID holds `uid`. Servers
/// compare by "contains" (RFC 4791 9.7.5), so the answer may hold others too.
std::string calendar_query(std::string_view component, std::string_view uid, Detail detail);

/// The body of a PROPFIND for which collections are calendars, of what and whose: calendar, components and owner.
std::string calendars_query();

/// The body of a PROPFIND for whose a collection is and who asks: owner and login.
std::string principals_query();

/// The body of a PROPFIND for what a principal is called in calendars: user_addresses.
std::string user_addresses_query();

/// The body of a PROPFIND for what changes with the state of a collection: sync_token and ctag.
std::string collection_state_query();

/// The body of an addressbook-query REPORT (RFC 6352 8.6) for the EMAIL properties of all cards. A server may send
/// whole cards instead (RFC 6352 10.4).
std::string email_query();

/// Is it a strong entity tag (RFC 9110 8.8.3), safe to be sent back in a header?
bool strong_etag(std::string_view text);

}  // namespace calendar::net
