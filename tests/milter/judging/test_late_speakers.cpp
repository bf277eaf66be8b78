#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/state/payload.h"
#include "policy/address_books/address_book.h"
#include "tests/milter/judging/speakers.h"
#include "tests/milter/judging/world.h"

/// Systems that send for others, when what proves it is known later.
using namespace speakers;

namespace {

/// As if it came to a site where another filter verifies.
std::string trusted(const std::string& results, const std::string& from, const std::string& organizer_line) {
    return tests::event_mail("REQUEST", from, organizer_line, {"ATTENDEE:mailto:bob@example.com"})
        .insert(0, "Authentication-Results: filter.example.com; " + results + "\r\n");
}

}  // namespace

TEST_CASE("a key that DNS does not give at first: the decision comes later, and is the same") {
    const auto signed_later = [](Mail mail, const std::string& domain, const std::vector<std::string>& fields = {}) {
        tests::DkimSigning signing;
        signing.domain = domain;
        signing.selector = "down";
        signing.fields = fields;
        return tests::signed_mail(mail.text(), way::key(), signing);
    };
    struct Want {
        std::string what, entries, message, decision, sender;
    };
    const std::vector<std::string> with_sender{"from", "sender", "subject", "content-type"};
    const auto workspace = Mail{.fields = {"Sender: " + google}, .signer = ""};
    const Want wants[] = {
        {"of a system that sends for its user", own_entries,
         signed_later(from_cloud().signed_by(""), "cloud.example.org"), "people I know: apply", "carol@example.org"},
        {"of iCloud", shipped_entries, signed_later(from_apple().signed_by(""), "email.apple.com"),
         "people I know: apply", "2_mfrggzdf@imip.me.com"},
        {"of Google, the person's provider is known", shipped_entries,
         signed_later(from_google(), "google.com", with_sender), "people I know: apply", group},
        {"of Google, which vouches", own_entries, signed_later(workspace, "google.com", with_sender),
         "people I know: apply", "carol@example.org"},
    };
    for (const auto& want : wants) {
        INFO(want.what);
        House house(way::shipped("known"), want.entries);
        const auto late = house.decided_later(want.message);
        CAPTURE(late.detail);
        CHECK_EQ(late.rule + ": " + late.action, want.decision);
        CHECK(late.sender->text() == want.sender);
        CHECK(late.reason == (late.action == "refused" ? "sender_not_organizer" : ""));
    }
}

TEST_CASE("rules that do not ask who sends: nothing is accepted in the name of the party before the key comes") {
    using Kind = calendar::delivery::DeferredDecision::Kind;
    tests::DkimSigning signing;
    signing.domain = "cloud.example.org";
    signing.selector = "down";
    const auto genuine =
        tests::signed_mail(from_cloud().signed_by("").with_attendee(cloud).text(), way::key(), signing);
    auto forged = genuine;
    forged.replace(forged.find("SUMMARY:Planning"), 16, "SUMMARY:Plan ing");
    for (const auto& [action, kind] : {std::pair("apply", Kind::apply), std::pair("hold", Kind::hold)}) {
        CAPTURE(std::string(action));
        House house(fmt::format("policy: [{{name: all, if: {{method: REQUEST}}, then: {}}}]\n", action), own_entries);
        const auto late = house.decided_later(genuine);
        CHECK((late.kind == kind));
        CHECK(late.sender->text() == "carol@example.org");
        CHECK((house.decided_later(forged).kind == Kind::leave));
    }
}

TEST_CASE("a fact that is known later: the decision is the same, from what was kept") {
    /// An address book elsewhere that at first does not answer, and knows Carol.
    class FarBook final : public policy::address_books::AddressBook {
      public:
        explicit FarBook(const bool& is_up) : is_up_(is_up) {}
        calendar::base::Found<bool> knows(const calendar::base::Owner&, const calendar::itip::Address& person,
                                          calendar::base::Deadline) override {
            if (!is_up_) return tl::unexpected<std::string>("it does not answer");
            return person.text() == "carol@example.org";
        }
        bool immediate() const noexcept override { return false; }

      private:
        const bool& is_up_;
    };
    struct Want {
        const char* what;
        std::string message;
        calendar::delivery::DeferredDecision::Kind kind;
    };
    using Kind = calendar::delivery::DeferredDecision::Kind;
    const std::string proof = "dkim=pass header.d=email.apple.com";
    const Want wants[] = {
        {"the person whom Apple names is known",
         trusted(proof, "noreply@email.apple.com", organizer("2_x@imip.me.com", ";EMAIL=carol@example.org")),
         Kind::apply},
        {"another person",
         trusted(proof, "noreply@email.apple.com", organizer("2_x@imip.me.com", ";EMAIL=x@example.org")), Kind::leave},
    };
    for (const auto& want : wants) {
        INFO(want.what);
        bool is_up = false;
        tests::World world(
            shipped_entries +
            "policy: [{name: known, if: {authenticated: true, sender_is: organizer, address_book: true}, "
            "then: apply}]\n");
        world.changeable().address_books.push_back(std::make_unique<FarBook>(is_up));
        const auto judged = world.judge(want.message, {"bob@example.com"});
        const auto job = milter::judging::jobs_of(judged, world.snapshot(), {}, {}).jobs.at(0);
        REQUIRE_FALSE(job.decided);
        calendar::delivery::Job kept;
        kept.user = job.user;
        kept.uid = job.uid;
        kept.backend = job.backend;
        kept.method = job.method;
        read_payload(kept, payload_of(job));
        is_up = true;
        const auto late = world.decide(kept);
        CHECK((late.kind == want.kind));
        CHECK(late.sender->text() == "2_x@imip.me.com");
    }
}
