#include "calendar/net/webdav.h"

#include <algorithm>
#include <sstream>

#include <pugixml.hpp>

#include "calendar/base/text.h"

namespace calendar::net {
namespace {

std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
    return node.find_child([name](const pugi::xml_node& each) { return local_name(each) == name; });
}

/// All its text: a server may cut it with CDATA sections and comments.
std::string text_of(const pugi::xml_node& node) {
    std::string text;
    for (const auto& each : node.children())
        if (each.type() == pugi::node_pcdata || each.type() == pugi::node_cdata) text += each.value();
    return text;
}

std::string trimmed_text_of(const pugi::xml_node& node) {
    return std::string(base::trimmed(text_of(node), base::white_space));
}

std::string with_crlf(const std::string& text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
        out += text[i];
    }
    return out;
}

/// The number in "HTTP/1.1 404 Not Found"; 0 when there is none.
int status_of(const std::string& line) {
    const auto space = line.find(' ');
    if (space == std::string::npos || line.size() < space + 4) return 0;
    int status = 0;
    for (std::size_t i = space + 1; i < space + 4; ++i) {
        if (line[i] < '0' || line[i] > '9') return 0;
        status = status * 10 + (line[i] - '0');
    }
    return status;
}

bool success(int status) {
    return status >= 200 && status < 300;
}

/// A condition has no text of its own. What has is what a server adds for people.
std::vector<std::string> conditions_of(const pugi::xml_node& error) {
    std::vector<std::string> names;
    for (const auto& each : error.children())
        if (each.type() == pugi::node_element && trimmed_text_of(each).empty()) names.emplace_back(local_name(each));
    return names;
}

/// RFC 4791 4.2; the collections of RFC 6638 2 are not for events, whatever else their type says.
bool is_calendar(const pugi::xml_node& resource_type) {
    return child(resource_type, "calendar") && !child(resource_type, "schedule-inbox") &&
           !child(resource_type, "schedule-outbox");
}

DavResponse read_response(const pugi::xml_node& node) {
    DavResponse response;
    response.href = trimmed_text_of(child(node, "href"));
    response.conditions = conditions_of(child(node, "error"));
    if (const auto status = child(node, "status")) response.status = status_of(trimmed_text_of(status));
    int refused = 0;
    for (const auto& propstat : node.children()) {
        if (local_name(propstat) != "propstat") continue;
        const int status = status_of(trimmed_text_of(child(propstat, "status")));
        const auto more = conditions_of(child(propstat, "error"));
        response.conditions.insert(response.conditions.end(), more.begin(), more.end());
        if (!success(status)) {
            if (refused == 0) refused = status;
            continue;
        }
        const auto properties = child(propstat, "prop");
        if (const auto etag = trimmed_text_of(child(properties, "getetag")); strong_etag(etag)) response.etag = etag;
        for (const auto* name : {"calendar-data", "address-data"})
            if (const auto data = child(properties, name)) response.content = with_crlf(text_of(data));
        if (const auto token = child(properties, "sync-token")) response.sync_token = trimmed_text_of(token);
        if (const auto ctag = child(properties, "getctag")) response.ctag = trimmed_text_of(ctag);
        if (const auto type = child(properties, "resourcetype")) response.calendar = is_calendar(type);
        if (const auto owner = child(properties, "owner")) response.owner = trimmed_text_of(child(owner, "href"));
        if (const auto login = child(properties, "current-user-principal"))
            response.login = trimmed_text_of(child(login, "href"));
        for (const auto& kind : child(properties, "supported-calendar-component-set").children())
            if (local_name(kind) == "comp") response.components.emplace_back(kind.attribute("name").value());
        for (const auto& href : child(properties, "calendar-user-address-set").children())
            if (local_name(href) == "href") response.user_addresses.push_back(trimmed_text_of(href));
    }
    if (response.status == 0) response.status = refused != 0 ? refused : 200;
    return response;
}

/// The root element; the error is a sentence.
tl::expected<pugi::xml_node, std::string> load(pugi::xml_document& document, std::string_view body) {
    const auto read = document.load_buffer(body.data(), body.size(), pugi::parse_default | pugi::parse_doctype);
    if (!read) return tl::unexpected(std::string("not XML: ") + read.description());
    for (const auto& each : document.children())
        if (each.type() == pugi::node_doctype)
            return tl::unexpected(std::string("the XML has a document type declaration"));
    return document.document_element();
}

std::string written(const pugi::xml_document& document) {
    std::ostringstream out;
    document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
    return out.str();
}

std::string propfind(std::initializer_list<const char*> names) {
    pugi::xml_document document;
    auto query = document.append_child("D:propfind");
    query.append_attribute("xmlns:D") = "DAV:";
    query.append_attribute("xmlns:C") = "urn:ietf:params:xml:ns:caldav";
    query.append_attribute("xmlns:CS") = "http://calendarserver.org/ns/";
    auto properties = query.append_child("D:prop");
    for (const char* const name : names)
        properties.append_child(name);
    return written(document);
}

}  // namespace

bool strong_etag(std::string_view text) {
    return text.size() >= 2 && text.size() <= 1000 && text.front() == '"' && text.back() == '"' &&
           std::all_of(text.begin() + 1, text.end() - 1, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte > 0x20 && byte != 0x7f && byte != '"';
           });
}

tl::expected<std::vector<DavResponse>, std::string> read_multistatus(std::string_view body) {
    pugi::xml_document document;
    const auto root = load(document, body);
    if (!root) return tl::unexpected(root.error());
    if (local_name(*root) != "multistatus") return tl::unexpected(std::string("the XML is not a multistatus"));
    std::vector<DavResponse> responses;
    for (const auto& each : root->children())
        if (local_name(each) == "response") responses.push_back(read_response(each));
    return responses;
}

std::vector<std::string> read_conditions(std::string_view body) {
    pugi::xml_document document;
    const auto root = load(document, body);
    if (!root || local_name(*root) != "error") return {};
    return conditions_of(*root);
}

std::string read_message(std::string_view body) {
    pugi::xml_document document;
    const auto root = load(document, body);
    if (!root || local_name(*root) != "error") return {};
    return trimmed_text_of(child(*root, "message"));
}

bool cut_off(const std::vector<std::string>& conditions) {
    return std::find(conditions.begin(), conditions.end(), "number-of-matches-within-limits") != conditions.end();
}

std::string calendar_query(std::string_view component, std::string_view uid, Detail detail) {
    const std::string kind(component);
    pugi::xml_document document;
    auto query = document.append_child("C:calendar-query");
    query.append_attribute("xmlns:D") = "DAV:";
    query.append_attribute("xmlns:C") = "urn:ietf:params:xml:ns:caldav";
    auto properties = query.append_child("D:prop");
    properties.append_child("D:getetag");
    if (detail == Detail::uid) {
        auto whole = properties.append_child("C:calendar-data").append_child("C:comp");
        whole.append_attribute("name") = "VCALENDAR";
        auto part = whole.append_child("C:comp");
        part.append_attribute("name") = kind.c_str();
        // Xandikos fails at a property that an object does not have.
        part.append_child("C:prop").append_attribute("name") = "UID";
    }
    auto calendar = query.append_child("C:filter").append_child("C:comp-filter");
    calendar.append_attribute("name") = "VCALENDAR";
    auto filter = calendar.append_child("C:comp-filter");
    filter.append_attribute("name") = kind.c_str();
    auto property = filter.append_child("C:prop-filter");
    property.append_attribute("name") = "UID";
    auto match = property.append_child("C:text-match");
    match.append_attribute("collation") = "i;octet";
    match.text() = std::string(uid).c_str();
    return written(document);
}

std::string calendars_query() {
    return propfind({"D:resourcetype", "D:owner", "C:supported-calendar-component-set"});
}

std::string principals_query() {
    return propfind({"D:owner", "D:current-user-principal"});
}

std::string user_addresses_query() {
    return propfind({"C:calendar-user-address-set"});
}

std::string collection_state_query() {
    return propfind({"D:sync-token", "CS:getctag"});
}

std::string email_query() {
    pugi::xml_document document;
    auto query = document.append_child("C:addressbook-query");
    query.append_attribute("xmlns:D") = "DAV:";
    query.append_attribute("xmlns:C") = "urn:ietf:params:xml:ns:carddav";
    auto property = query.append_child("D:prop").append_child("C:address-data").append_child("C:prop");
    property.append_attribute("name") = "EMAIL";
    // Empty, it finds every card (RFC 6352 10.5); Xandikos fails at a prop-filter.
    query.append_child("C:filter");
    return written(document);
}

}  // namespace calendar::net
