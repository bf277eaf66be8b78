#include <doctest/doctest.h>

#include "policy/roles.h"

using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::Method;
using calendar::itip::ObjectSummary;
using calendar::itip::Party;
using calendar::itip::StoredObject;

namespace {

Address address(const char* text) {
    return *Address::parse(text);
}
Party party(const char* text) {
    return {address(text), std::nullopt, "NEEDS-ACTION", {}, {}};
}

policy::User bob() {
    return {"bob", {address("bob@example.com"), address("robert@example.com")}, "", ""};
}

ItipMessage invitation() {
    ObjectSummary object;
    object.organizer = party("carol@example.org");
    object.organizer->sent_by = address("assistant@example.org");
    auto delegator = party("dave@example.org");
    delegator.delegated_to = {address("robert@example.com")};
    auto delegate = party("erin@example.org");
    delegate.delegated_from = {address("dave@example.org")};
    object.attendees = {party("frank@example.org"), delegator, delegate, party("bob@example.com")};
    ItipMessage message;
    message.method = Method::request;
    message.objects = {object};
    return message;
}

}  // namespace

TEST_CASE("sender_is says what the From address is in the message") {
    using Words = std::vector<std::string>;
    const std::pair<const char*, Words> rows[] = {
        {"carol@example.org", {"organizer"}},
        {"assistant@example.org", {"sent_by"}},
        {"frank@example.org", {"attendee"}},
        {"dave@example.org", {"attendee", "delegator"}},
        {"erin@example.org", {"attendee", "delegate"}},
        {"mallory@example.net", {"other"}},
    };
    for (const auto& [from, want] : rows) {
        CAPTURE(from);
        CHECK(policy::sender_roles(invitation(), address(from), bob()) == want);
    }
}

TEST_CASE("recipient_is says what the user is in the message") {
    CHECK(policy::recipient_role(invitation(), bob(), address("bob@example.com")) == "attendee");
    CHECK(policy::recipient_role(invitation(), {"carol", {address("carol@example.org")}, "", ""},
                                 address("carol@example.org")) == "organizer");
    CHECK(policy::recipient_role(invitation(), {"gina", {address("gina@example.com")}, "", ""},
                                 address("frank@example.org")) == "list");
    CHECK(policy::recipient_role(invitation(), {"gina", {address("gina@example.com")}, "", ""},
                                 address("gina@example.com")) == "none");
}

TEST_CASE("who may speak for an event is decided by the stored one") {
    StoredObject stored;
    stored.organizer = party("carol@example.org");
    stored.organizer->sent_by = address("assistant@example.org");
    stored.attendees = {party("bob@example.com"), party("frank@example.org")};
    SUBCASE("what organizers say: its organizer and his SENT-BY, no attendee") {
        CHECK(policy::matches_stored(stored, Method::cancel, address("carol@example.org")));
        CHECK(policy::matches_stored(stored, Method::request, address("assistant@example.org")));
        CHECK_FALSE(policy::matches_stored(stored, Method::cancel, address("frank@example.org")));
        CHECK_FALSE(policy::matches_stored(stored, Method::request, address("mallory@example.net")));
    }
    SUBCASE("what attendees say: its attendees, not the organizer") {
        CHECK(policy::matches_stored(stored, Method::reply, address("frank@example.org")));
        CHECK_FALSE(policy::matches_stored(stored, Method::reply, address("carol@example.org")));
        CHECK_FALSE(policy::matches_stored(stored, Method::counter, address("mallory@example.net")));
    }
    SUBCASE("an event stored without ORGANIZER is nobody's") {
        stored.organizer.reset();
        CHECK_FALSE(policy::matches_stored(stored, Method::cancel, address("carol@example.org")));
    }
}
