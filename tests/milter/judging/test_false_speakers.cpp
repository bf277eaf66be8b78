#include <doctest/doctest.h>

#include "tests/milter/judging/speakers.h"

/// Those who would like to be taken for a system that sends for others.
using namespace speakers;

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
