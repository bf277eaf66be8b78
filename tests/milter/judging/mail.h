#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/support/dkim_signer.h"
#include "tests/support/text.h"

/// Messages as they are written and signed here.
namespace way {

/// One key for all domains here; making it takes longer than anything else.
inline const tests::DkimKey& key() {
    static const auto made = tests::rsa_key(1024);
    return made;
}
inline const tests::DkimKey& ed25519() {
    static const auto made = tests::ed25519_key();
    return made;
}
inline const tests::DkimKey& short_key() {
    static const auto made = tests::rsa_key(768);
    return made;
}

/// An iTIP message in a mail of one part. As it stands, Carol invites Bob, Alice and Dave, and her provider signs.
struct Mail {
    std::string from = "Carol <carol@example.org>";
    std::string method = "REQUEST";
    std::string uid = "e1@example.org";
    std::string organizer = "ORGANIZER:mailto:carol@example.org";  ///< content line; empty: none
    std::vector<std::string> attendees{"bob@example.com", "alice@example.com", "dave@example.net"};  ///< or whole lines
    int sequence = 0;
    std::string stamp = "20261121T090000Z";
    std::string summary = "Planning";
    std::vector<std::string> more{};     ///< further content lines of the event
    std::vector<std::string> fields{};   ///< header fields in front of the others
    std::string signer = "example.org";  ///< d=; empty: nobody signs

    // The same mail with something else.
    Mail with_organizer(const std::string& line) const { return with(&Mail::organizer, line); }
    Mail with_only(const std::string& attendee) const { return with(&Mail::attendees, {attendee}); }
    Mail with_method(const std::string& word) const { return with(&Mail::method, word); }
    Mail with_uid(const std::string& text) const { return with(&Mail::uid, text); }
    Mail with_sequence(int number) const { return with(&Mail::sequence, number); }
    Mail signed_by(const std::string& domain) const { return with(&Mail::signer, domain); }
    Mail with_attendee(const std::string& attendee) const { return and_with(&Mail::attendees, attendee); }
    Mail with_line(const std::string& line) const { return and_with(&Mail::more, line); }
    Mail with_field(const std::string& field) const { return and_with(&Mail::fields, field); }

    /// The VCALENDAR; without METHOD it is what a calendar holds.
    std::string calendar(bool in_mail = true) const {
        auto text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Test//EN\n" +
                    (in_mail ? "METHOD:" + method + "\n" : std::string());
        text += fmt::format(
            "BEGIN:VEVENT\nUID:{}\nDTSTAMP:{}\nSEQUENCE:{}\nDTSTART:20270118T100000Z\nDTEND:20270118T110000Z\n"
            "SUMMARY:{}\n",
            uid, stamp, sequence, summary);
        if (!organizer.empty()) text += organizer + "\n";
        for (const auto& attendee : attendees)
            text += (attendee.starts_with("ATTENDEE") ? attendee : "ATTENDEE:mailto:" + attendee) + "\n";
        for (const auto& line : more)
            text += line + "\n";
        return tests::crlf(text + "END:VEVENT\nEND:VCALENDAR\n");
    }

    /// As it is handed to the mail server.
    std::string text() const {
        std::string header;
        for (const auto& field : fields)
            header += field + "\n";
        header += fmt::format("From: {}\nTo: bob@example.com\nSubject: {}\nMIME-Version: 1.0\n", from, summary);
        header += "Content-Type: text/calendar; charset=utf-8; method=" + method + "\n\n";
        const auto whole = tests::crlf(header) + calendar();
        if (signer.empty()) return whole;
        tests::DkimSigning signing;
        signing.domain = signer;
        return tests::signed_mail(whole, key(), signing);
    }

  private:
    template <class T>
    Mail with(T Mail::*member, T value) const {
        Mail other = *this;
        other.*member = std::move(value);
        return other;
    }
    Mail and_with(std::vector<std::string> Mail::*member, const std::string& value) const {
        auto all = this->*member;
        all.push_back(value);
        return with(member, std::move(all));
    }
};

}  // namespace way
