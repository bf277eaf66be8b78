#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/job.h"
#include "tests/calendar/delivery/samples.h"

using namespace calendar::delivery;
using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::Method;
using calendar::itip::ObjectSummary;

namespace {

calendar::itip::Party party(const char* address) {
    return {*Address::parse(address), std::nullopt, "NEEDS-ACTION", {}, {}};
}

ObjectSummary object(std::optional<std::string> recurrence_id = std::nullopt) {
    ObjectSummary summary;
    summary.component = "VEVENT";
    summary.uid = "party@example.org";
    summary.recurrence_id = std::move(recurrence_id);
    summary.sequence = 1;
    summary.dtstamp = "20261121T020000Z";
    summary.attendees = {party("bob@example.com"), party("robert+list@example.com")};
    return summary;
}

struct Said {
    std::string user = "bob";
    ItipMessage message{Method::request, "VEVENT", "party@example.org",
                        {object()},      {},       "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"};
    std::optional<Address> sender = Address::parse("carol@example.org");
    Reached reached{*Address::parse("bob@example.com"), {*Address::parse("bob@example.com")}};
    std::string identity() const { return calendar::delivery::identity(user, message, sender, reached); }
};

}  // namespace

TEST_CASE("the identity of a job is 64 hex digits and the same for the same mail") {
    const auto id = Said{}.identity();
    CHECK(id == Said{}.identity());
    CHECK(id.size() == 64);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("every part of the identity counts") {
    const std::vector<std::pair<const char*, std::function<void(Said&)>>> changes{
        {"nothing", [](Said&) {}},
        {"the user", [](Said& said) { said.user = "robert"; }},
        {"the UID", [](Said& said) { said.message.uid = "other@example.org"; }},
        {"the method", [](Said& said) { said.message.method = Method::cancel; }},
        {"the sender", [](Said& said) { said.sender = Address::parse("dave@example.org"); }},
        {"no sender", [](Said& said) { said.sender.reset(); }},
        {"another, who passes it on", [](Said& said) { said.reached.recipient = *Address::parse("desk@example.com"); }},
        {"nobody who attends", [](Said& said) { said.message.objects[0].attendees.clear(); }},
        {"who organizes", [](Said& said) { said.message.objects[0].organizer = party("bob@example.com"); }},
        {"the sequence", [](Said& said) { said.message.objects[0].sequence = 2; }},
        {"the time stamp", [](Said& said) { said.message.objects[0].dtstamp = "20261121T020001Z"; }},
        {"a recurrence id", [](Said& said) { said.message.objects[0].recurrence_id = "20261201"; }},
        {"an empty recurrence id", [](Said& said) { said.message.objects[0].recurrence_id = ""; }},
        {"one more instance", [](Said& said) { said.message.objects.push_back(object("20261201")); }},
        {"the content", [](Said& said) { said.message.content += " "; }},
        {"user and UID that run together",
         [](Said& said) { said.user = "bobp", said.message.uid = "arty@example.org"; }},
    };
    std::set<std::string> identities;
    for (const auto& [name, change] : changes) {
        Said said;
        change(said);
        CHECK_MESSAGE(identities.insert(said.identity()).second, name);
    }
}

TEST_CASE("by which of their addresses it reached a user makes no other job, unless they may take it only there") {
    const auto by = [](const char* address, std::vector<const char*> known) {
        Said said;
        said.reached = {*Address::parse(address), {*Address::parse(address)}};
        for (const char* other : known)
            said.reached.addresses.push_back(*Address::parse(other));
        return said.identity();
    };
    const auto id = by("bob@example.com", {});
    CHECK(by("bob+x@example.com", {"bob@example.com"}) == id);
    CHECK(by("bob+y@example.com", {"bob@example.com"}) == id);
    CHECK(by("robert@example.com", {"bob@example.com"}) == id);
    const auto not_invited = by("robert@example.com", {});
    CHECK(not_invited != id);
    CHECK(by("robert+x@example.com", {"robert@example.com"}) == not_invited);
    CHECK(by("robert+list@example.com", {"robert@example.com"}) == id);
}

TEST_CASE("the identity of an unread mail is its own and its recipients'") {
    const auto id = identity("mail", {"a@example.com", "b@example.com"});
    CHECK(id == identity("mail", {"b@example.com", "a@example.com"}));
    const std::pair<const char*, std::string> others[] = {
        {"another mail", identity("other", {"a@example.com", "b@example.com"})},
        {"one recipient", identity("mail", {"a@example.com"})},
        {"recipients that run together", identity("mail", {"a@example.comb@example.com"})},
    };
    for (const auto& [name, other] : others)
        CHECK_MESSAGE(other != id, name);
}
