#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/milter/judging/engine.h"
#include "tests/milter/judging/speakers.h"

/// What is said of systems that send for others: in refusals, decisions, audit rows and facts.
using namespace speakers;

TEST_CASE("what is refused for want of an entry names it, wherever it is said") {
    struct Want {
        std::string what, entries, message, detail;
    };
    const auto suggests = [](const std::string& entry) {
        return "; if the sender is a system that sends for others, this entry of 'authentication: speaks_for' would "
               "allow it: - {" +
               entry + "}";
    };
    const auto speaker = from(from_cloud(), cloud);
    const Want wants[] = {
        {"a system of the organization", "", speaker.text(), suggests("sender: " + cloud + ", party: same_domain")},
        {"a system of another organization", "", speaker.with_organizer(organizer("dave@example.net")).text(),
         suggests("sender: " + cloud + ", party: dave@example.net")},
        {"a method that an entry must name", "", speaker.with_method("ADD").text(),
         suggests("sender: " + cloud + ", party: same_domain, methods: [ADD]")},
        {"a Sender that its own domain signs", "", google_signs(from_google()),
         suggests("signed_sender: " + google + ", signer: google.com, party: " + group)},
        {"the organization signs, but not the system itself", "", speaker.signed_by("example.org").text(),
         "; a 'speaks_for' entry would require a valid signature of cloud.example.org"},
        {"there is an entry, but the system itself does not sign", own_entries, speaker.signed_by("example.org").text(),
         "; the 'speaks_for' entry at imip-milter.yaml:9:31 requires a valid signature of cloud.example.org"},
        {"there is an entry, but Sender is not signed", shipped_entries, from_google().text(),
         " requires a valid signature of google.com that covers Sender, and a proven From address"},
    };
    for (const auto& want : wants) {
        INFO(want.what);
        House house(way::shipped("known"), want.entries);
        const auto judged = house.judge(want.message);
        REQUIRE(judged.decisions.size() == 1);
        const auto& decided = judged.decisions.front();
        REQUIRE(decided.refused);
        CHECK(decided.refused->reason == calendar::itip::Reason::sender_not_organizer);
        CAPTURE(decided.refused->detail);
        CHECK(decided.refused->detail.ends_with(want.detail));
        CHECK(outcome(decided) == "refused");
        const auto field = milter::mta::reply_to(judged, house.snapshot()).field;
        CHECK_MESSAGE(field.find("outcome=refused;") != std::string::npos, field);
        CHECK_MESSAGE(field.ends_with("reason=sender_not_organizer"), field);
        const auto orders = jobs_of(judged, house.snapshot(), {}, {});
        CHECK(orders.jobs.empty());
        REQUIRE(orders.audit.size() == 1);
        CHECK(orders.audit.front().outcome == "refused");
        CHECK(orders.audit.front().reason == "sender_not_organizer");
        CHECK(orders.audit.front().detail == decided.refused->detail);
    }
}

TEST_CASE("who sends for whom is said with the decision, in the audit and to the engine") {
    House house(way::shipped("known"), shipped_entries);
    const auto judged = house.judge(from_apple().text());
    REQUIRE(judged.decisions.size() == 1);
    const auto& decided = judged.decisions.front();
    const std::string said = "noreply@email.apple.com sends for 2_mfrggzdf@imip.me.com (speakers.yaml:";
    CHECK_MESSAGE(decided.decision.because.find(said) != std::string::npos, decided.decision.because);
    const auto orders = jobs_of(judged, house.snapshot(), {}, {});
    CHECK_MESSAGE(orders.audit.at(0).detail.find(said) != std::string::npos, orders.audit.at(0).detail);
    CHECK(orders.jobs.at(0).input.sender->text() == "2_mfrggzdf@imip.me.com");

    const auto own = house.judge(Mail{}.text());
    CHECK_FALSE(own.decisions.at(0).speaker);
    CHECK(own.decisions.at(0).decision.because.find("sends for") == std::string::npos);
}

TEST_CASE("the facts are about the party, and about the person whom the entry names") {
    struct Want {
        const char* person;
        const char* facts;  ///< address_book, sender, sender_domain
    };
    const Want wants[] = {
        {"party", "false 2_x@imip.me.com imip.me.com"},
        {"email", "true carol@example.org example.org"},
        {"from", "false noreply@email.apple.com email.apple.com"},
    };
    for (const auto& want : wants) {
        INFO(want.person);
        House house("policy: []\n", fmt::format("authentication: {{speaks_for: [{{sender: noreply@email.apple.com, "
                                                "party: \"*@imip.me.com\", person: {}}}]}}\n",
                                                want.person));
        const auto mail = from_apple().with_organizer(organizer("2_x@imip.me.com", ";EMAIL=carol@example.org")).text();
        milter::mail::Envelope envelope;
        envelope.recipients = {"bob@example.com"};
        const auto judged = milter::judging::judge(house.snapshot(), tests::engine_in_this_process(),
                                                   milter::mail::MailOfBytes(mail, envelope).mail(),
                                                   milter::judging::Purpose::explain, calendar::base::Deadline::max());
        const auto& facts = *judged.decisions.at(0).facts;
        CHECK(facts.at("spoken_for") == true);
        CHECK(facts.at("sender_is") == nlohmann::json{"organizer"});
        CHECK(facts.at("organizer") == nlohmann::json{"2_x@imip.me.com"});
        CHECK_EQ(
            fmt::format("{} {} {}", facts.at("address_book").get<bool>(), facts.at("sender").at(0).get<std::string>(),
                        facts.at("sender_domain").at(0).get<std::string>()),
            want.facts);
    }
}
