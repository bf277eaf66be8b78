#include <functional>

#include <doctest/doctest.h>

#include "calendar/delivery/state/payload.h"
#include "policy/address_books/address_book.h"
#include "tests/milter/judging/whole_way.h"
#include "tests/milter/judging/world.h"
#include "tests/milter/mail/messages.h"

/// Systems that send from an address of their own in the name of others, and those who would like to be taken for one.
using way::House;
using way::Mail;

namespace {

const std::string cloud = "noreply@cloud.example.org";
const std::string google = "calendar-notification@google.com";
const std::string group = "c_team@group.calendar.google.com";

/// What a site would add: a server of its partner, and what it may trust Google with.
const std::string own_entries =
    "authentication: {speaks_for: [{sender: noreply@cloud.example.org, party: same_domain}, "
    "{sender: calendar-notification@google.com, party: \"*\", methods: [REPLY]}, "
    "{signed_sender: calendar-notification@google.com, signer: google.com, party: from}]}\n";
const std::string shipped_entries = fmt::format("include: [\"{}/etc/speakers.yaml\"]\n", SOURCE_DIR);

std::string organizer(const std::string& address, const std::string& parameters = "") {
    return "ORGANIZER" + parameters + ":mailto:" + address;
}

/// From the cloud for Carol, whom Bob knows.
Mail from_cloud() {
    Mail mail{.from = "Carol via Cloud <" + cloud + ">"};
    mail.fields = {"Reply-To: carol@example.org"};
    return mail.signed_by("cloud.example.org");
}

/// From iCloud; Apple names the person in EMAIL.
Mail from_apple(const std::string& person = "carol@example.org") {
    Mail mail{.from = "Carol <noreply@email.apple.com>"};
    return mail.with_organizer(organizer("2_mfrggzdf@imip.me.com", ";EMAIL=" + person)).signed_by("email.apple.com");
}

/// Carol acts in a calendar that is nobody's; her provider signs, and then Google.
Mail from_google() {
    Mail mail;
    mail.fields = {"Sender: Google Calendar <" + google + ">"};
    return mail.with_organizer(organizer(group));
}

/// One more signature, of these fields.
std::string also_signed(const std::string& mail, const std::string& domain,
                        const std::vector<std::string>& fields = {"from", "sender", "subject", "content-type"}) {
    tests::DkimSigning signing;
    signing.domain = domain;
    signing.fields = fields;
    return tests::signed_mail(mail, way::key(), signing);
}
std::string google_signs(const Mail& mail) {
    return also_signed(mail.text(), "google.com");
}
std::string text(const Mail& mail) {
    return mail.text();
}

const std::string people = "people I know: created new_event";
const std::string nobody = "otherwise: ignore";
const std::string refused = "otherwise: refused sender_not_organizer";

struct Row {
    std::string what;
    Mail mail;
    std::string want;  ///< "rule: what became of it"
    std::function<std::string(const Mail&)> written = text;
};

void check(const std::string& entries, const std::vector<Row>& rows, const std::vector<Mail>& stored = {}) {
    for (const auto& row : rows) {
        INFO(row.what);
        House house(way::shipped("known"), entries);
        for (const auto& event : stored)
            house.put(event.calendar(false), event.uid);
        CHECK_EQ(house.deliver(row.written(row.mail)).text(), row.want);
    }
}

Mail from(Mail mail, const std::string& address) {
    mail.from = address;
    return mail;
}

/// As if it came to a site where another filter verifies.
std::string trusted(const std::string& results, const std::string& from, const std::string& organizer_line) {
    return tests::event_mail("REQUEST", from, organizer_line, {"ATTENDEE:mailto:bob@example.com"})
        .insert(0, "Authentication-Results: filter.example.com; " + results + "\r\n");
}

}  // namespace

TEST_CASE("a system sends for its users, and each is the organizer") {
    check(own_entries, {
                           {"an invitation", from_cloud(), people},
                           {"a user of the same organization at another host",
                            from_cloud().with_organizer(organizer("carol@mail.example.org")), nobody},
                           {"a user whom the recipient does not know",
                            from_cloud().with_organizer(organizer("erin@example.org")), nobody},
                           {"nobody signed it", from_cloud().signed_by(""), nobody},
                       });
}

TEST_CASE("a system changes and cancels the event of its user, and answers for them") {
    const Mail carols;
    const Mail bobs{.uid = "bobs@example.com",
                    .organizer = organizer("bob@example.com"),
                    .attendees = {"carol@example.org", "dave@example.net"}};
    const auto reply = [&](const std::string& attendee) {
        return from_cloud()
            .with_method("REPLY")
            .with_uid(bobs.uid)
            .with_organizer(bobs.organizer)
            .with_only("ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + attendee);
    };
    check(own_entries,
          {
              {"a change", from_cloud().with_sequence(1).with_line("LOCATION:elsewhere"),
               "people I know: updated changed_event"},
              {"a cancellation", from_cloud().with_method("CANCEL").with_sequence(1).with_line("STATUS:CANCELLED"),
               "cancellations of events I know: updated cancelled_event"},
              {"a reply", reply("carol@example.org"), "replies to my invitations: updated reply_recorded"},
              {"a reply for somebody of another organization", reply("dave@example.net"),
               "otherwise: refused sender_not_attendee"},
              {"a reply that names two", reply("carol@example.org").with_attendee("erin@example.org"),
               "otherwise: refused sender_not_attendee"},
              {"a reply by Google for somebody without an account",
               from(reply("dave@example.net"), google).signed_by("google.com"),
               "replies to my invitations: updated reply_recorded"},
              {"a reply by Google for somebody who is not invited",
               from(reply("erin@example.net"), google).signed_by("google.com"), nobody},
              {"an invitation by the same address of Google",
               from(carols.with_uid("new@example.org"), google).signed_by("google.com"), refused},
          },
          {carols, bobs});
}

TEST_CASE("the systems that are shipped") {
    const auto series = from_google().with_uid("google@example.org");
    const auto apples = from_apple().with_uid("apple@example.org");
    check(shipped_entries,
          {
              {"iCloud, the person is known", from_apple(), people},
              {"iCloud, the person is a stranger", from_apple("mallory@example.net"), nobody},
              {"iCloud, no person is named", from_apple().with_organizer(organizer("2_mfrggzdf@imip.me.com")), nobody},
              {"iCloud changes its event", apples.with_sequence(1).with_line("LOCATION:elsewhere"),
               "people I know: updated changed_event"},
              {"iCloud cancels its event", apples.with_method("CANCEL").with_sequence(1).with_line("STATUS:CANCELLED"),
               "cancellations of events I know: updated cancelled_event"},
              {"iCloud replies, which it does from the person's address", apples.with_method("REPLY"), nobody},
              {"Google, the person who acts is known", from_google(), people, google_signs},
              {"Google, the person who acts is a stranger", from(from_google(), "erin@example.org"), nobody,
               google_signs},
              {"Google, a stranger changes the known event",
               from(series.with_sequence(1).with_line("LOCATION:elsewhere"), "erin@example.org"),
               "changes to events I know: updated changed_event", google_signs},
              {"Google, a stranger cancels the known event",
               from(series.with_method("CANCEL").with_sequence(1).with_line("STATUS:CANCELLED"), "erin@example.org"),
               "cancellations of events I know: updated cancelled_event", google_signs},
              {"the entries for Nextcloud are comments", from_cloud(), refused},
          },
          {series, apples});
}

TEST_CASE("a system that is the organizer itself, and writes its address without mailto") {
    House house(way::shipped("everyone"));
    const auto zoom = from(Mail{}, "Zoom <no-reply@zoom.us>").with_organizer("ORGANIZER:no-reply@zoom.us");
    CHECK_EQ(house.deliver(zoom.signed_by("zoom.us").text()).outcome, "created new_event");
}

TEST_CASE("a signer that vouches for the From address proves it") {
    const auto unsigned_tenant = Mail{.fields = {"Sender: " + google}, .signer = ""};
    check(own_entries, {
                           {"it signs", unsigned_tenant, people, google_signs},
                           {"it does not", unsigned_tenant, nobody},
                           {"for another party than From",
                            unsigned_tenant.with_organizer(organizer("dave@example.net")), nobody, google_signs},
                       });
}

TEST_CASE("who would like to be taken for a system that sends for others") {
    const auto twice = [](const Mail& mail) {
        auto other = mail;
        other.fields = {"Sender: carol@example.org", "Sender: " + google};
        return also_signed(other.text(), "google.com");
    };
    const auto not_covered = [](const Mail& mail) {
        return also_signed(mail.text(), "google.com", {"from", "subject", "content-type"});
    };
    const auto added = [](const Mail& mail) {  // h= names the one Sender field that there was
        auto other = mail;
        other.fields.clear();
        return "Sender: " + google + "\r\n" +
               also_signed(other.with_field("Sender: x@google.com").text(), "google.com");
    };
    const auto by_subdomain = [](const Mail& mail) { return also_signed(mail.text(), "mail.google.com"); };
    const auto unproven = from_google().signed_by("");
    check(own_entries,
          {
              {"an ordinary user of the system's domain", from(from_cloud(), "mallory@cloud.example.org"), refused},
              {"another party", from_cloud().with_organizer(organizer("dave@example.net")), refused},
              {"another party, and a Reply-To that says so",
               from_cloud().with_organizer(organizer("dave@example.net")).with_field("Reply-To: dave@example.net"),
               refused},
              {"From is not proven", from_cloud().signed_by("evil.example"), nobody},
              {"a signature of a host below", from_cloud().signed_by("evil.cloud.example.org"), refused},
              {"a signature of a host beside", from_cloud().signed_by("evil.example.org"), refused},
              {"a signature of the organization", from_cloud().signed_by("example.org"), refused},
              {"the address in the name alone", from(from_cloud(), "\"" + cloud + "\" <mallory@cloud.example.org>"),
               refused},
          });
    check(shipped_entries,
          {
              {"two Sender fields", from_google(), refused, twice},
              {"Sender is not signed", from_google(), refused, not_covered},
              {"a Sender field above the signed one", from_google(), refused, added},
              {"Sender is signed by a host of the organization", from_google(), refused, by_subdomain},
              {"the Sender of somebody else", from(from_google(), "carol@example.org"), refused,
               [](const Mail& mail) {
                   auto other = mail;
                   other.fields = {"Sender: mallory@google.com"};
                   return also_signed(other.text(), "google.com");
               }},
              {"nobody but the Sender is signed for", unproven, nobody, google_signs},
              {"any user of Gmail", from(from_google(), "mallory@gmail.com").signed_by("gmail.com"), refused},
              {"Google speaks for a person", from_google().with_organizer(organizer("dave@example.net")), refused,
               google_signs},
              {"iCloud speaks for a person", from_apple().with_organizer(organizer("dave@example.net")), refused},
              {"a host beside iCloud's", from(from_apple(), "noreply@x.apple.com").signed_by("x.apple.com"), refused},
          });
}

TEST_CASE("a system that speaks for the stored event of somebody else") {
    check(
        shipped_entries,
        {
            {"a change", from_apple().with_sequence(1), "people I know: refused organizer_mismatch"},
            {"a change by Google", from_google().with_sequence(1), "people I know: refused organizer_mismatch",
             google_signs},
            {"a cancellation", from_apple().with_method("CANCEL").with_sequence(1).with_line("STATUS:CANCELLED"),
             nobody},
            {"a cancellation by Google",
             from_google().with_method("CANCEL").with_sequence(1).with_line("STATUS:CANCELLED"), nobody, google_signs},
        },
        {Mail{}});
}

TEST_CASE("what is refused for want of an entry names it, wherever it is said") {
    struct Want {
        std::string what, entries, message, detail;
    };
    const auto suggests = [](const std::string& entry) {
        return "; if the sender is a system that sends for others, a 'speaks_for' entry with " + entry +
               " would allow it";
    };
    const auto speaker = from(from_cloud(), cloud);
    const Want wants[] = {
        {"a system of the organization", "", speaker.text(), suggests("sender: " + cloud + " and party: same_domain")},
        {"a system of another organization", "", speaker.with_organizer(organizer("dave@example.net")).text(),
         suggests("sender: " + cloud + " and party: dave@example.net")},
        {"a method that an entry must name", "", speaker.with_method("ADD").text(),
         suggests("sender: " + cloud + " and party: same_domain and methods: [ADD]")},
        {"a Sender that its own domain signs", "", google_signs(from_google()),
         suggests("signed_sender: " + google + ", signer: google.com and party: " + group)},
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
        const auto judged = milter::judging::judge(house.snapshot(), milter::mail::engine_in_this_process(),
                                                   milter::mail::MailOfBytes(mail, envelope).mail(),
                                                   milter::judging::Purpose::explain, calendar::base::Deadline::max());
        const auto& facts = judged.decisions.at(0).facts;
        CHECK(facts.at("spoken_for") == true);
        CHECK(facts.at("sender_is") == nlohmann::json{"organizer"});
        CHECK(facts.at("organizer") == nlohmann::json{"2_x@imip.me.com"});
        CHECK_EQ(
            fmt::format("{} {} {}", facts.at("address_book").get<bool>(), facts.at("sender").at(0).get<std::string>(),
                        facts.at("sender_domain").at(0).get<std::string>()),
            want.facts);
    }
}

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

TEST_CASE("Nextcloud invites from its own address, and another filter of the site proves it") {
    const auto message = messages::read(std::filesystem::path(TEST_DATA) / "speakers" / "nextcloud_noreply.eml");
    const std::string trust = "authentication: {trusted_results: {authserv_ids: [mx.example.com]}";
    House without(way::shipped("known"), trust + "}\n");
    CHECK_EQ(without.deliver(message).text(), refused);
    House with(way::shipped("known"),
               trust + ", speaks_for: [{sender: invitations-noreply@example.org, party: same_domain}]}\n");
    CHECK_EQ(with.deliver(message).text(), people);
}
