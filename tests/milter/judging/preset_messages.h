#pragma once

#include <string>

#include "tests/milter/judging/whole_way.h"

/// The messages on which the presets are tried.
namespace preset_messages {

using way::Mail;

inline const std::string hazard = "DESCRIPTION:<html><body>hello";
inline const std::string unknown = "unknown@example.org";

inline Mail organized_by(Mail mail, const std::string& address) {
    mail.organizer = "ORGANIZER:mailto:" + address;
    return mail;
}
/// Erin and Frank are at Carol's provider, and Bob does not know them.
inline Mail from_erin(Mail mail) {
    mail.from = "erin@example.org";
    return mail;
}
inline Mail from_frank(Mail mail) {
    mail.from = "frank@example.org";
    return mail;
}

/// What is in Bob's calendar: an event of Carol's, one of Erin's, one of his own, and one that he put in by hand.
inline const Mail carols{};
inline const Mail erins = organized_by(from_erin({.uid = "erins@example.org"}), "erin@example.org");
inline const Mail bobs{
    .uid = "bobs@example.com", .organizer = "ORGANIZER:mailto:bob@example.com", .attendees = {"carol@example.org"}};
inline const Mail by_hand = bobs.with_uid("by-hand@example.com").with_organizer("");

inline const Mail invitation{.uid = "new@example.org"};
inline const Mail change = erins.with_sequence(1);
inline const Mail addition = change.with_method("ADD");
inline const Mail cancellation = carols.with_method("CANCEL").with_sequence(1);
inline const Mail reply = bobs.with_method("REPLY");

inline Mail assistants_invitation() {
    auto mail =
        invitation.with_organizer("ORGANIZER;SENT-BY=\"mailto:assistant@example.org\":mailto:carol@example.org");
    mail.from = "assistant@example.org";
    return mail;
}

inline Mail assistants_invitation_for(const std::string& organizer) {
    return assistants_invitation().with_organizer("ORGANIZER;SENT-BY=\"mailto:assistant@example.org\":mailto:" +
                                                  organizer);
}

/// In Carol's name, by somebody of the recipient's organization.
inline Mail our_assistants_invitation() {
    auto mail =
        invitation.with_organizer("ORGANIZER;SENT-BY=\"mailto:assistant@example.com\":mailto:carol@example.org");
    mail.from = "assistant@example.com";
    return mail.signed_by("example.com");
}

/// By somebody of the recipient's organization, in their own name.
inline Mail colleagues_invitation() {
    auto mail = organized_by(invitation, "assistant@example.com");
    mail.from = "assistant@example.com";
    return mail.signed_by("example.com");
}

}  // namespace preset_messages
