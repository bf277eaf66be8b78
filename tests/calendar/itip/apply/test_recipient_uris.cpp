#include <string>

#include <doctest/doctest.h>

#include "calendar/itip/apply/recipient_uris.h"

using namespace calendar::itip;

namespace {

/// Is a user whom the server lists by `listed` taken for the one whom an ATTENDEE line names?
bool names_user(const std::string& named, const std::string& listed) {
    ApplyInput input;
    input.recipient = {Address::parse("bob@example.com").value()};
    input.recipient_uris = {listed};
    Series stored;
    stored.master = Component{"VEVENT", {{"ATTENDEE", {}, named}}, {}};
    recognize_recipient(stored, {}, input);
    return !stored.master->properties.front().mailbox.empty();
}

}  // namespace

TEST_CASE("which URIs of a calendar server mean one user") {
    struct Row {
        const char *named, *listed;
        bool same;
    };
    for (const Row& row : {
             Row{"/principals/users/bob/", "/principals/users/bob/", true},
             Row{" /principals/users/bob ", "/principals/users/bob/", true},
             Row{"/principals/users/b%6Fb/", "https://example.com/principals/users/bob", true},
             Row{"HTTPS://other.example.com:8443/principals/users/bob/", "/principals/users/bob/", true},
             Row{"/principals/users/Bob/", "/principals/users/bob/", false},
             Row{"/principals/users/bo", "/principals/users/bob/", false},
             Row{"/users/bob/", "/principals/users/bob/", false},
             Row{"URN:UUID:3F2504E0-4F89-11D3-9A0C-0305E82C3301", "urn:uuid:3f2504e0-4f89-11d3-9a0c-0305e82c3301",
                 true},
             Row{"urn:uuid:1", "urn:uuid:2", false},
             Row{"principal:principals/users/bob", "/remote.php/dav/principals/users/bob/", true},
             Row{"principal:/principals/users/bob/", "/principals/users/bob", true},
             Row{"principal:bob", "/principals/users/bob/", false},
             Row{"principal:/bob", "/principals/users/bob/", false},
             Row{"principal:ncipals/users/bob", "/principals/users/bob/", false},
             Row{"principal:principals/users/bob", "/principals/users/bob/more/", false},
             Row{"", "", false},
             Row{"/", "https://example.com/", false},
             Row{"https://example.com", "https://example.com", false},
         }) {
        INFO(row.named, " and ", row.listed);
        CHECK(names_user(row.named, row.listed) == row.same);
    }
}
