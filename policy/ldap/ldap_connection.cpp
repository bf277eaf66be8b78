#include "policy/ldap/ldap_connection.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <ldap.h>

#include "calendar/base/free_with.h"
#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/net/host.h"
#include "calendar/net/socket_watchdog.h"
#include "policy/ldap/ldap_tls.h"

namespace policy::ldap {
namespace {

using Clock = std::chrono::steady_clock;
using SearchResult = LdapConnection::SearchResult;
using Entry = Directory::Entry;

constexpr ber_len_t largest_message = 256 * 1024;  // bytes; one entry with what was asked of it

using calendar::base::FreeWith;
using Message = std::unique_ptr<LDAPMessage, FreeWith<&ldap_msgfree>>;
using Text = std::unique_ptr<char, FreeWith<&ldap_memfree>>;
using Url = std::unique_ptr<LDAPURLDesc, FreeWith<&ldap_free_urldesc>>;
using Values = std::unique_ptr<berval*, FreeWith<&ldap_value_free_len>>;

struct FreeElement {
    void operator()(BerElement* element) const noexcept { ber_free(element, 0); }
};

/// What stands at the end of an answer.
struct Outcome {
    int code = LDAP_SUCCESS;
    std::string said;  ///< with another code
};

LdapTrouble too_late() {
    return {"no reply in time", true};
}

timeval timeval_of(Clock::duration duration) {
    using namespace std::chrono;
    // To libldap, no time at all would be no limit.
    const auto all = std::max<microseconds>(duration_cast<microseconds>(duration), milliseconds(1));
    return {all.count() / 1'000'000, all.count() % 1'000'000};
}

std::string sentence(std::string_view what, int code, const char* detail) {
    std::string more = detail != nullptr ? calendar::base::printable(detail) : "";
    // libldap 2.5 has no words for what GnuTLS's verification says.
    if (more == "(unknown error code)") more = "its certificate is not trusted or not valid for this host";
    return fmt::format("{}: {}{}{}", what, ldap_err2string(code), more.empty() ? "" : ", ", more);
}

/// With what libldap noted about its last failure.
tl::unexpected<LdapTrouble> failed(LDAP* handle, std::string_view what, int code) {
    char* detail = nullptr;
    ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &detail);
    const Text owned(detail);
    return tl::unexpected(LdapTrouble{sentence(what, code, detail)});
}

void set(LDAP* handle, int option, const void* value) {
    if (ldap_set_option(handle, option, value) != LDAP_OPT_SUCCESS)
        throw std::runtime_error(fmt::format("libldap does not accept option {:#x}", option));
}

/// In libldap's TLS there is no time limit: it waits for all of a handshake, and for all of a record that has begun.
calendar::net::SocketWatchdog cut_off(LDAP* handle, calendar::base::Deadline end) {
    int socket = -1;
    ldap_get_option(handle, LDAP_OPT_DESC, &socket);
    return {socket, end};
}

Url parsed(const std::string& text) {
    LDAPURLDesc* raw = nullptr;
    ldap_url_parse(text.c_str(), &raw);
    return Url(raw);
}

bool has_tls_at_once(const std::string& url) {
    return url.starts_with("ldaps:");
}

/// Where to connect, still without TLS.
std::string plain_url(const std::string& text) {
    const Url url = has_tls_at_once(text) ? parsed(text) : nullptr;
    if (!url || url->lud_host == nullptr) return text;
    const bool v6 = std::string_view(url->lud_host).find(':') != std::string_view::npos;
    return fmt::format("ldap://{}{}{}:{}", v6 ? "[" : "", url->lud_host, v6 ? "]" : "", url->lud_port);
}

void configure(LDAP* handle) {
    // Whatever ldap.conf says.
    const int version = LDAP_VERSION3;
    const int deref = LDAP_DEREF_NEVER;
    set(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
    set(handle, LDAP_OPT_DEREF, &deref);
    set(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    set(handle, LDAP_OPT_RESTART, LDAP_OPT_ON);
    Sockbuf* socket = nullptr;
    ber_len_t most = largest_message;
    ldap_get_option(handle, LDAP_OPT_SOCKBUF, &socket);
    ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &most);
}

LdapResult<void> connect(LDAP* handle, const std::string& url, calendar::base::Deadline end) {
    // libldap would wait for the resolver for as long as that takes, while all others wait for a lock; and each address
    // of the host has the whole time-out.
    std::size_t addresses = 1;
    if (const Url server = parsed(url); server && server->lud_host && !url.starts_with("ldapi:")) {
        const auto counted = calendar::net::count_addresses(server->lud_host, end);
        if (!counted) return tl::unexpected(LdapTrouble{counted.error()});
        addresses = *counted;
    }
    const timeval timeout = timeval_of((end - Clock::now()) / addresses);
    set(handle, LDAP_OPT_NETWORK_TIMEOUT, &timeout);
    if (const int code = ldap_connect(handle); code != LDAP_SUCCESS) return failed(handle, "cannot connect", code);
    return {};
}

LdapResult<Message> next_message(LDAP* handle, std::string_view what, int id, calendar::base::Deadline end) {
    timeval left = timeval_of(end - Clock::now());
    LDAPMessage* raw = nullptr;
    const int type = ldap_result(handle, id, LDAP_MSG_ONE, &left, &raw);
    Message message(raw);
    if (type == 0) return tl::unexpected(too_late());
    if (type > 0) return message;
    int code = LDAP_OTHER;
    ldap_get_option(handle, LDAP_OPT_RESULT_CODE, &code);
    return failed(handle, what, code);
}

Outcome outcome_of(LDAP* handle, std::string_view what, LDAPMessage* message) {
    Outcome outcome;
    char* detail = nullptr;
    const int parsed = ldap_parse_result(handle, message, &outcome.code, nullptr, &detail, nullptr, nullptr, 0);
    const Text owned(detail);
    if (parsed != LDAP_SUCCESS) outcome.code = parsed;
    if (outcome.code != LDAP_SUCCESS) outcome.said = sentence(what, outcome.code, detail);
    return outcome;
}

LdapResult<void> wait_for_success(LDAP* handle, std::string_view what, int id, calendar::base::Deadline end) {
    const auto message = next_message(handle, what, id, end);
    if (!message) return tl::unexpected(message.error());
    auto outcome = outcome_of(handle, what, message->get());
    if (outcome.code == LDAP_SUCCESS) return {};
    return tl::unexpected(LdapTrouble{std::move(outcome.said)});
}

LdapResult<void> begin_tls(LDAP* handle, const DirectoryOptions& options, calendar::base::Deadline end) {
    constexpr std::string_view what = "TLS";
    if (!options.start_tls && !has_tls_at_once(options.url)) return {};
    if (options.start_tls) {
        int id = 0;
        if (const int code = ldap_start_tls(handle, nullptr, nullptr, &id); code != LDAP_SUCCESS)
            return failed(handle, what, code);
        if (auto accepted = wait_for_success(handle, what, id, end); !accepted) return accepted;
    }
    if (auto demanded = demand_certificate(handle, options.ca_file); !demanded) return demanded;
    // With a time-out, libldap 2.5 spins through the handshake instead of sleeping.
    const timeval none{-1, 0};
    set(handle, LDAP_OPT_NETWORK_TIMEOUT, &none);
    if (const int code = ldap_install_tls(handle); code != LDAP_SUCCESS) return failed(handle, what, code);
    return check_version(handle);
}

LdapResult<void> bind(LDAP* handle, const std::string& dn, const std::string& password, calendar::base::Deadline end) {
    if (dn.empty()) return {};
    berval secret{password.size(), const_cast<char*>(password.c_str())};
    int id = 0;
    const int code = ldap_sasl_bind(handle, dn.c_str(), LDAP_SASL_SIMPLE, &secret, nullptr, nullptr, &id);
    if (code != LDAP_SUCCESS) return failed(handle, "bind", code);
    return wait_for_success(handle, "bind", id, end);
}

Entry entry_of(LDAP* handle, LDAPMessage* message) {
    Entry entry;
    BerElement* position = nullptr;
    Text name(ldap_first_attribute(handle, message, &position));
    const std::unique_ptr<BerElement, FreeElement> owned(position);
    for (; name; name.reset(ldap_next_attribute(handle, message, position))) {
        const Values values(ldap_get_values_len(handle, message, name.get()));
        for (berval** each = values.get(); each != nullptr && *each != nullptr; ++each)
            entry[calendar::base::lowered(name.get())].emplace_back((*each)->bv_val, (*each)->bv_len);
    }
    return entry;
}

LdapResult<SearchResult> answer_of(Outcome outcome, std::vector<Entry> entries) {
    if (entries.size() > Directory::most_entries || outcome.code == LDAP_SIZELIMIT_EXCEEDED)
        return SearchResult(tl::unexpected(fmt::format("search: more than {} entries", Directory::most_entries)));
    switch (outcome.code) {
        case LDAP_SUCCESS:
            return SearchResult(std::move(entries));
        case LDAP_NO_SUCH_OBJECT:
            return SearchResult(std::vector<Entry>());
        case LDAP_BUSY:
        case LDAP_UNAVAILABLE:
            return tl::unexpected(LdapTrouble{std::move(outcome.said)});
        case LDAP_TIMELIMIT_EXCEEDED:
            return tl::unexpected(LdapTrouble{std::move(outcome.said), true});
        default:
            return SearchResult(tl::unexpected(std::move(outcome.said)));
    }
}

LdapResult<SearchResult> ask(LDAP* handle, const std::string& base, const std::string& filter,
                             const std::vector<std::string>& attributes, calendar::base::Deadline end) {
    constexpr std::string_view what = "search";
    std::vector<char*> names;
    names.reserve(attributes.size() + 2);
    for (const std::string& each : attributes)
        names.push_back(const_cast<char*>(each.c_str()));
    if (names.empty()) names.push_back(const_cast<char*>(LDAP_NO_ATTRS));  // an empty list would mean all
    names.push_back(nullptr);
    timeval left = timeval_of(end - Clock::now());
    int id = 0;
    const int code = ldap_search_ext(handle, base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(), names.data(), 0, nullptr,
                                     nullptr, &left, Directory::most_entries + 1, &id);
    if (code != LDAP_SUCCESS) return failed(handle, what, code);
    std::vector<Entry> entries;
    for (;;) {
        const auto message = next_message(handle, what, id, end);
        if (!message) return tl::unexpected(message.error());
        const int type = ldap_msgtype(message->get());
        if (type == LDAP_RES_SEARCH_RESULT)
            return answer_of(outcome_of(handle, what, message->get()), std::move(entries));
        if (type != LDAP_RES_SEARCH_ENTRY) continue;  // a reference to another server
        if (entries.size() > Directory::most_entries)
            return tl::unexpected(LdapTrouble{"search: the server sent more entries than requested"});
        entries.push_back(entry_of(handle, message->get()));
    }
}

/// Whatever went wrong after the end is the end's doing.
auto unless_late(calendar::base::Deadline end) {
    return [end](LdapTrouble trouble) { return Clock::now() >= end ? too_late() : std::move(trouble); };
}

}  // namespace

void LdapConnection::Unbind::operator()(::ldap* handle) const noexcept {
    ldap_unbind_ext(handle, nullptr, nullptr);
}

void LdapConnection::check_url(const std::string& url) {
    LDAP* handle = nullptr;
    const int code = ldap_initialize(&handle, plain_url(url).c_str());
    const LdapConnection made(handle);
    if (code != LDAP_SUCCESS) throw std::runtime_error(sentence(url, code, nullptr));
}

LdapResult<LdapConnection> LdapConnection::open(const DirectoryOptions& options, const std::string& password,
                                                calendar::base::Deadline end) {
    LDAP* handle = nullptr;
    const int code = ldap_initialize(&handle, plain_url(options.url).c_str());
    LdapConnection made(handle);
    if (code != LDAP_SUCCESS) return failed(handle, "libldap", code);
    configure(handle);
    return connect(handle, options.url, end)
        .and_then([&] {
            const calendar::net::SocketWatchdog limit = cut_off(handle, end);
            return begin_tls(handle, options, end).and_then([&] {
                return bind(handle, options.bind_dn, password, end);
            });
        })
        .map([&] { return std::move(made); })
        .map_error(unless_late(end));
}

LdapResult<SearchResult> LdapConnection::search(const std::string& base, const std::string& filter,
                                                const std::vector<std::string>& attributes,
                                                calendar::base::Deadline end) {
    const calendar::net::SocketWatchdog limit = cut_off(handle_.get(), end);
    return ask(handle_.get(), base, filter, attributes, end).map_error(unless_late(end));
}

}  // namespace policy::ldap
