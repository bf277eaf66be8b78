#include <string>

#include <doctest/doctest.h>

#include "milter/authentication/trusted_results.h"

TEST_CASE("Authentication-Results that a sender wrote himself") {
    policy::config::Authentication trusting;
    trusting.trusted_results.authserv_ids = {"mx.example.com"};
    trusting.trusted_results.methods = {"dmarc", "dkim"};
    const auto carol = *calendar::itip::Address::parse("carol@example.org");
    const auto proven = [&](const std::string& bytes) {
        return milter::authentication::proven_by_results(milter::mail::MailOfBytes(bytes, {}).mail(), carol, trusting)
            .by;
    };
    const std::string pass = "; dmarc=pass header.from=example.org";
    const std::string from = "From: Carol <carol@example.org>\r\n";
    const std::string field = "Authentication-Results: ";
    CHECK_EQ(proven(field + "mx.example.com" + pass + "\r\n" + from), "dmarc");
    const std::string forged[] = {
        // another authserv-id that looks like ours
        field + "evil.example (mx.example.com)" + pass,
        field + "mx.example.com.evil.example" + pass,
        field + "mx.example.com@evil.example" + pass,
        field + "evil.example mx.example.com" + pass,
        field + "mx.example.com." + pass,
        field + "\"mx.example.com \"" + pass,
        field + "mx.example.com, evil.example" + pass,
        field + "mx.example.com\r\n.evil.example" + pass,
        // ours, hidden in another field or behind one
        "X-Note: y\r\n " + field + "mx.example.com" + pass,
        "Old-" + field + "mx.example.com" + pass,
        "ARC-" + field + "i=1; mx.example.com" + pass,
        "Received: from x by y\r\n" + field + "mx.example.com" + pass,
        // ours, with the pass in a place where it says nothing
        field + "mx.example.com; dmarc=fail (p=none; dmarc=pass header.from=example.org)",
        field + "mx.example.com; dmarc=fail reason=\"" + pass + "\" header.from=example.org",
        field + "mx.example.com; dmarc=fail header.from=example.org\r\n" + field + "mx.example.com" + pass,
        field + "mx.example.com; spf=pass smtp.mailfrom=\"x" + pass + "\"",
        field + "mx.example.com; dmarc=pass header.from=evil.example header.from=example.org",
        field + "mx.example.com; dmarc=pass header.from=example.org.evil.example",
        field + "mx.example.com; dmarc=pass header.from=evil.example.org",
        field + "mx.example.com; dkim=pass header.d=evil.example(.example.org",
        field + "mx.example.com; dkim=pass header.i=carol@example.org@evil.example",
        field + "mx.example.com; dkim=pass header.d=evil.example header.i=@example.org",
        field + "mx.example.com; dkim=pass header.d=org",
        field + "mx.example.com; x-dmarc=pass header.from=example.org",
        field + "mx.example.com; dmarc=passed header.from=example.org",
        field + "mx.example.com; dmarc=pass\xc2\xa0header.from=example.org",
        // the pass or the domain next to what cannot be read
        field + "mx.example.com; dmarc=pass header.from=example.org\xc2\xa0.evil.example",
        field + "mx.example.com; dmarc=pass header.from=\xc3\xa4.example header.b=header.from=example.org",
        field + "mx.example.com; dmarc=fail x=dmarc=pass header.from=example.org",
        field + "mx.example.com; dmarc=fail x dmarc=pass header.from=example.org",
        field + "mx.example.com; dkim=pass header.d= header.i=@evil.example header.d=example.org@evil.example",
        field + "mx.example.com; dkim=pass header.i=\"@example.org\"evil",
    };
    for (const auto& text : forged) {
        INFO(text);
        CHECK_EQ(proven(text + "\r\n" + from), "");
    }
}
