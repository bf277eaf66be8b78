#include <doctest/doctest.h>

#include "policy/rules/roles.h"
#include "tests/support/address.h"

using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::Method;
using calendar::itip::ObjectSummary;
using calendar::itip::Party;
using calendar::itip::StoredObject;
using tests::address;

namespace {

Party party(const char* text) {
    return {address(text), std::nullopt, "NEEDS-ACTION", {}, {}};
}

policy::users::User bob() {
    return {"bob", {address("bob@example.com"), address("robert@example.com")}, "", "", ""};
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
        CHECK(policy::rules::sender_roles(invitation(), address(from), bob()) == want);
    }
}

TEST_CASE("a SENT-BY has a part when it is that of the party whom the method speaks for") {
    using Words = std::vector<std::string>;
    ItipMessage message = invitation();
    message.objects[0].attendees[0].sent_by = address("secretary@example.org");
    struct Row {
        Method method;
        const char* from;
        Words want;
    };
    for (const auto& row : {Row{Method::request, "assistant@example.org", {"sent_by"}},
                            Row{Method::request, "secretary@example.org", {"other"}},
                            Row{Method::cancel, "secretary@example.org", {"other"}},
                            Row{Method::reply, "secretary@example.org", {"sent_by"}},
                            Row{Method::reply, "assistant@example.org", {"other"}}}) {
        message.method = row.method;
        CAPTURE(std::string(word(row.method)));
        CAPTURE(std::string(row.from));
        CHECK(policy::rules::sender_roles(message, address(row.from), bob()) == row.want);
    }
}

TEST_CASE("recipient_is says what the user is in the message") {
    CHECK(policy::rules::recipient_role(invitation(), bob(), address("bob@example.com")) == "attendee");
    CHECK(policy::rules::recipient_role(invitation(), {"carol", {address("carol@example.org")}, "", "", ""},
                                        address("carol@example.org")) == "organizer");
    CHECK(policy::rules::recipient_role(invitation(), {"gina", {address("gina@example.com")}, "", "", ""},
                                        address("frank@example.org")) == "list");
    CHECK(policy::rules::recipient_role(invitation(), {"gina", {address("gina@example.com")}, "", "", ""},
                                        address("gina@example.com")) == "none");
}

TEST_CASE("who may speak for an event is decided by the stored one") {
    StoredObject stored;
    stored.organizers = {party("carol@example.org")};
    stored.organizers.front().sent_by = address("assistant@example.org");
    stored.attendees = {party("bob@example.com"), party("frank@example.org")};
    const auto matches = [&](Method method, const char* from, const char* named = "frank@example.org") {
        auto message = invitation();
        message.method = method;
        message.objects[0].attendees = {party(named)};
        return policy::rules::matches_stored(stored, message, address(from));
    };
    SUBCASE("what organizers say: its organizer and his SENT-BY, no attendee") {
        CHECK(matches(Method::cancel, "carol@example.org"));
        CHECK(matches(Method::request, "assistant@example.org"));
        CHECK_FALSE(matches(Method::cancel, "frank@example.org"));
        CHECK_FALSE(matches(Method::request, "mallory@example.net"));
    }
    SUBCASE("what attendees say: the one who answers, not the organizer") {
        CHECK(matches(Method::reply, "frank@example.org"));
        CHECK_FALSE(matches(Method::reply, "carol@example.org"));
        CHECK_FALSE(matches(Method::counter, "mallory@example.net"));
        CHECK_FALSE_MESSAGE(matches(Method::reply, "frank@example.org", "bob@example.com"),
                            "an attendee does not answer for another");
    }
    SUBCASE("and his SENT-BY, as it is stored") {
        stored.attendees[1].sent_by = address("secretary@example.org");
        CHECK(matches(Method::reply, "secretary@example.org"));
        CHECK_FALSE(matches(Method::reply, "secretary@example.org", "bob@example.com"));
    }
    SUBCASE("and the one to whom an attendee has delegated, who has no line of his own yet") {
        CHECK_FALSE(matches(Method::reply, "dave@example.net", "dave@example.net"));
        stored.attendees[1].delegated_to = {address("dave@example.net")};
        CHECK(matches(Method::reply, "dave@example.net", "dave@example.net"));
        CHECK_FALSE_MESSAGE(matches(Method::reply, "dave@example.net", "frank@example.org"),
                            "he does not answer for his delegator");
        CHECK_FALSE(matches(Method::cancel, "dave@example.net", "dave@example.net"));
    }
    SUBCASE("an event stored without ORGANIZER is nobody's") {
        stored.organizers.clear();
        CHECK_FALSE(matches(Method::cancel, "carol@example.org"));
    }
}
