#include <filesystem>

#include <doctest/doctest.h>

#include "tests/milter/judging/speakers.h"
#include "tests/milter/mail/messages.h"

/// Systems that send from an address of their own in the name of others.
using namespace speakers;

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
               "otherwise: refused missing_attendee"},
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
              {"iCloud replies, which it does from the person's address", apples.with_method("REPLY"),
               "otherwise: refused missing_attendee"},
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

TEST_CASE("Nextcloud invites from its own address, and another filter of the site proves it") {
    const auto message = messages::read(std::filesystem::path(TEST_DATA) / "speakers" / "nextcloud_noreply.eml");
    const std::string trust = "authentication: {trusted_results: {authserv_ids: [mx.example.com]}";
    House without(way::shipped("known"), trust + "}\n");
    CHECK_EQ(without.deliver(message).text(), refused);
    House with(way::shipped("known"),
               trust + ", speaks_for: [{sender: invitations-noreply@example.org, party: same_domain}]}\n");
    CHECK_EQ(with.deliver(message).text(), people);
}

TEST_CASE("servers with one address for all their users: what is refused names the entry that lets it in") {
    const auto one = [](const std::string& address, const std::string& signer) {
        return from(Mail{}, address).with_field("Reply-To: Carol <carol@example.org>").signed_by(signer);
    };
    const struct {
        std::string what;
        Mail mail;
        std::string entry;
    } rows[] = {
        {"Baikal: invite_from at the host", one("invite@dav.example.org", "dav.example.org"),
         "- {sender: invite@dav.example.org, party: same_domain}"},
        {"Nextcloud: mail_from_address of the organization, the organizer in capitals",
         one("\"Carol, via Cloud\" <cloud@example.org>", "example.org")
             .with_organizer("ORGANIZER;CN=\"Carol, Example\":MAILTO:Carol@Example.ORG"),
         "- {sender: cloud@example.org, party: same_domain}"},
        {"the organizer is a bare address",
         one(cloud, "cloud.example.org").with_organizer("ORGANIZER:carol@example.org"),
         "- {sender: noreply@cloud.example.org, party: same_domain}"},
        {"at a hosting company", one("calendar@hosting.example.net", "hosting.example.net"),
         "- {sender: calendar@hosting.example.net, party: carol@example.org}"},
        {"an address that YAML reads otherwise without quotes",
         one("#cloud@hosting.example.net", "hosting.example.net"),
         "- {sender: \"#cloud@hosting.example.net\", party: carol@example.org}"},
        {"a change of what is not there yet", one(cloud, "cloud.example.org").with_sequence(3),
         "- {sender: noreply@cloud.example.org, party: same_domain}"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        House without(way::shipped("known"));
        const auto message = row.mail.text();
        CHECK_EQ(without.deliver(message).text(), refused);
        const auto judged = without.judge(message);
        REQUIRE(judged.decisions.at(0).refused);
        const auto& detail = judged.decisions[0].refused->detail;
        const std::string before = "would allow it: ";
        const auto at = detail.find(before);
        REQUIRE_MESSAGE(at != std::string::npos, detail);
        const auto entry = detail.substr(at + before.size());
        CHECK_EQ(entry, row.entry);
        House with(way::shipped("known"), "authentication:\n  speaks_for:\n    " + entry + "\n");
        CHECK_EQ(with.deliver(message).text(), people);
    }
}

TEST_CASE("no entry is named that would be for more than the one address") {
    House house(way::shipped("known"));
    const auto judged = house.judge(from_cloud().with_organizer(organizer("*@example.net")).text());
    REQUIRE(judged.decisions.size() == 1);
    REQUIRE(judged.decisions[0].refused);
    CHECK(judged.decisions[0].refused->detail.find("would allow") == std::string::npos);
}
