#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/authentication/dkim/dkim.h"
#include "tests/support/dkim_signer.h"
#include "tests/support/keys.h"
#include "tests/support/text.h"

/// A message, who signs it, and what becomes of its signatures.
namespace signed_messages {

using namespace milter::authentication;
using tests::ago;
using tests::by;
using tests::DkimSigning;
using tests::replaced;
using tests::signed_mail;

inline const std::string mail =
    "From: Carol Example <carol@example.org>\r\n"
    "To: bob@example.com\r\n"
    "Subject: Lunch on\r\n Tuesday\r\n"
    "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain\r\n"
    "\r\n"
    "Shall we have lunch?  At noon.\r\n"
    "\r\n"
    "Carol\r\n";

/// The answers to some names; to others there is no key.
using KeyMap = std::map<std::string, KeyAnswer>;

/// Counts how often it was asked.
inline std::unique_ptr<KeySource> counted(KeyMap keys, std::shared_ptr<std::atomic<int>> asked) {
    return std::make_unique<tests::Keys>([keys = std::move(keys), asked = std::move(asked)](const std::string& name) {
        ++*asked;
        const auto key = keys.find(name);
        return key == keys.end() ? KeyAnswer{NoKey{}} : key->second;
    });
}

/// Making a key takes longer than anything else here; so each is made once.
inline const tests::DkimKey& rsa() {
    static const auto key = tests::rsa_key(2048);
    return key;
}
inline const tests::DkimKey& ed25519() {
    static const auto key = tests::ed25519_key();
    return key;
}
inline const tests::DkimKey& short_key() {
    static const auto key = tests::rsa_key(768);
    return key;
}

inline KeyMap all_keys() {
    return {
        {"s1._domainkey.example.org", rsa().record()},
        {"s1._domainkey.example.net", rsa().record()},
        {"s1._domainkey.mail.example.org", rsa().record()},
        {"ed._domainkey.example.org", ed25519().record()},
        {"short._domainkey.example.org", short_key().record()},
        {"strict._domainkey.example.org", rsa().record("s")},
        {"test._domainkey.example.org", rsa().record("y")},
        {"both._domainkey.example.org", rsa().record("y:s")},
        {"other._domainkey.example.org", ed25519().record()},
        {"revoked._domainkey.example.org", "v=DKIM1; k=rsa; p="},
        {"future._domainkey.example.org", "v=DKIM9; p=" + rsa().public_key},
        {"sha1._domainkey.example.org", "v=DKIM1; h=sha1; p=" + rsa().public_key},
        {"web._domainkey.example.org", "v=DKIM1; s=web; p=" + rsa().public_key},
        {"broken._domainkey.example.org", "v=DKIM1; p=!!!!"},
        {"curve._domainkey.example.org",
         "v=DKIM1; k=rsa; p=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfGPuBhoeK00Es0V6aVOBGUiKbVTkcqM4gEnxLhvBxqdFvw9YPeolM/"
         "2uKjB0CABBKF5NcH/iNhkX5jEUCNWTgg=="},
        {"garbage._domainkey.example.org", "hello"},
        {"empty._domainkey.example.org", ""},
        {"huge._domainkey.example.org", "v=DKIM1; p=" + std::string(2000, 'A')},
        {"down._domainkey.example.org", KeyTrouble{"SERVFAIL"}},
        {"down._domainkey.example.net", KeyTrouble{"SERVFAIL"}}};
}

struct Verified {
    Authentication authentication;
    int asked = 0;

    std::string results() const {
        std::string words;
        for (const auto& signature : authentication.signatures) {
            words += (words.empty() ? "" : " ") + std::string(word(signature.result));
        }
        return words;
    }
};

inline Verified verify(const std::string& message, const policy::config::Authentication& options = {}) {
    const auto asked = std::make_shared<std::atomic<int>>(0);
    const DkimVerifier verifier(options, counted(all_keys(), asked));
    Verified verified{verifier.verify(milter::mail::MailOfBytes(message, {}).mail(), calendar::base::Deadline::max()),
                      0};
    verified.asked = *asked;
    return verified;
}

/// `mail` signed by `signing`, then changed.
inline std::string sign(const DkimSigning& signing, const std::string& message = mail,
                        const tests::DkimKey& key = rsa()) {
    return signed_mail(message, key, signing);
}

inline const std::vector<std::string> most{"from", "to", "subject", "date", "mime-version", "content-type"};

}  // namespace signed_messages
