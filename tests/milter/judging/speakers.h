#pragma once

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/milter/judging/whole_way.h"

/// Messages of systems that send from an address of their own in the name of others.
namespace speakers {

using way::House;
using way::Mail;

inline const std::string cloud = "noreply@cloud.example.org";
inline const std::string google = "calendar-notification@google.com";
inline const std::string group = "c_team@group.calendar.google.com";

/// What a site would add: a server of its partner, and what it may trust Google with.
inline const std::string own_entries =
    "authentication: {speaks_for: [{sender: noreply@cloud.example.org, party: same_domain}, "
    "{sender: calendar-notification@google.com, party: \"*\", methods: [REPLY]}, "
    "{signed_sender: calendar-notification@google.com, signer: google.com, party: from}]}\n";
inline const std::string shipped_entries = fmt::format("include: [\"{}/etc/speakers.yaml\"]\n", SOURCE_DIR);

inline std::string organizer(const std::string& address, const std::string& parameters = "") {
    return "ORGANIZER" + parameters + ":mailto:" + address;
}

/// From the cloud for Carol, whom Bob knows.
inline Mail from_cloud() {
    Mail mail{.from = "Carol via Cloud <" + cloud + ">"};
    mail.fields = {"Reply-To: carol@example.org"};
    return mail.signed_by("cloud.example.org");
}

/// From iCloud; Apple names the person in EMAIL.
inline Mail from_apple(const std::string& person = "carol@example.org") {
    Mail mail{.from = "Carol <noreply@email.apple.com>"};
    return mail.with_organizer(organizer("2_mfrggzdf@imip.me.com", ";EMAIL=" + person)).signed_by("email.apple.com");
}

/// Carol acts in a calendar without an owner; her provider signs, and then Google.
inline Mail from_google() {
    Mail mail;
    mail.fields = {"Sender: Google Calendar <" + google + ">"};
    return mail.with_organizer(organizer(group));
}

/// One more signature, of these fields.
inline std::string also_signed(const std::string& mail, const std::string& domain,
                               const std::vector<std::string>& fields = {"from", "sender", "subject", "content-type"}) {
    tests::DkimSigning signing;
    signing.domain = domain;
    signing.fields = fields;
    return tests::signed_mail(mail, way::key(), signing);
}
inline std::string google_signs(const Mail& mail) {
    return also_signed(mail.text(), "google.com");
}
inline std::string text(const Mail& mail) {
    return mail.text();
}

inline const std::string people = "people I know: created new_event";
inline const std::string nobody = "otherwise: ignore";
inline const std::string refused = "otherwise: refused sender_not_organizer";

struct Row {
    std::string what;
    Mail mail;
    std::string want;  ///< "rule: what became of it"
    std::function<std::string(const Mail&)> written = text;
};

inline void check(const std::string& entries, const std::vector<Row>& rows, const std::vector<Mail>& stored = {}) {
    for (const auto& row : rows) {
        INFO(row.what);
        House house(way::shipped("known"), entries);
        for (const auto& event : stored)
            house.put(event.calendar(false), event.uid);
        CHECK_EQ(house.deliver(row.written(row.mail)).text(), row.want);
    }
}

inline Mail from(Mail mail, const std::string& address) {
    mail.from = address;
    return mail;
}

}  // namespace speakers
