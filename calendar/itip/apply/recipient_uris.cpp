#include "calendar/itip/apply/recipient_uris.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/base/template.h"
#include "calendar/base/text.h"
#include "calendar/itip/read/parties.h"

namespace calendar::itip {

namespace {

constexpr std::string_view principal = "principal:";

bool has_scheme(std::string_view uri, std::string_view scheme) {
    return base::same_word(uri.substr(0, scheme.size()), scheme);
}

/// As it is compared.
std::string normal(std::string_view uri) {
    uri = base::trimmed(uri);
    if (has_scheme(uri, "urn:")) return base::lowered(uri);
    for (const std::string_view scheme : {"http://", "https://"})
        if (has_scheme(uri, scheme)) uri.remove_prefix(std::min(uri.find('/', scheme.size()), uri.size()));
    std::string path = base::percent_decoded(uri);
    while (path.ends_with('/'))
        path.pop_back();
    return path;
}

bool same_user(std::string_view named, std::string_view listed) {
    if (named.empty()) return false;
    if (named == listed) return true;
    if (!has_scheme(named, principal)) return false;
    const std::string_view path = named.substr(principal.size());
    const std::string end = (path.starts_with('/') ? "" : "/") + std::string(path);
    return path.find('/', 1) != std::string_view::npos && listed.ends_with(end);
}

bool is_party(const Property& line) noexcept {
    return line.is("ORGANIZER") || line.is("ATTENDEE");
}

/// Which of their addresses the message calls the recipient.
Address own_address(const Series& message, const std::vector<Address>& recipient) {
    std::optional<Address> found;
    message.each([&](const Component& component) {
        for (const Property& line : component.properties) {
            if (found || !is_party(line)) continue;
            const auto address = address_of(&line);
            if (address && contains(recipient, *address)) found = address;
        }
    });
    return found ? *found : recipient.front();
}

}  // namespace

void recognize_recipient(Series& stored, const Series& message, const ApplyInput& input) {
    if (input.recipient_uris.empty() || input.recipient.empty()) return;
    std::vector<std::string> listed;
    std::ranges::transform(input.recipient_uris, std::back_inserter(listed), normal);
    const Address own = own_address(message, input.recipient);
    stored.each([&](Component& component) {
        for (Property& line : component.properties) {
            if (!is_party(line) || calendar_user(line.value)) continue;
            const auto said = email(&line);
            if (said && contains(input.recipient, *said)) continue;
            const std::string named = normal(line.value);
            if (std::ranges::any_of(listed, [&](const std::string& uri) { return same_user(named, uri); }))
                line.mailbox = own.text();
        }
    });
}

}  // namespace calendar::itip
