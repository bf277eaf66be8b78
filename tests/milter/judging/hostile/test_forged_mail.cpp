
#include <doctest/doctest.h>

#include "tests/milter/judging/whole_way.h"

/// Mail that passes for Carol's and is not, by the whole way: nothing gets into a calendar, and nothing waits to get
/// there later. Carol's own mail, which does get there, stands beside it.
using tests::ago;
using tests::by;
using tests::DkimSigning;
using tests::replaced;
using way::House;
using way::Mail;

namespace {

const std::string applied = "people I know: created new_event";
const std::string ignored = "otherwise: ignore";
const std::string not_hers = "otherwise: refused sender_not_organizer";

std::string by_itself(const Mail& mail = {}) {
    return mail.signed_by("").text();
}

std::string sign(const DkimSigning& signing, const std::string& message = by_itself(),
                 const tests::DkimKey& key = way::key()) {
    return tests::signed_mail(message, key, signing);
}

/// A text by Carol whose lines somebody else chose: a quoted mail, an automatic answer.
std::string harmless(const std::string& body) {
    return tests::crlf(
               "From: Carol <carol@example.org>\nTo: bob@example.com\nSubject: Re: yours\nMIME-Version: 1.0\n"
               "Content-Type: text/plain\n\n") +
           body;
}

struct Row {
    std::string what;
    std::string message;
    std::string want = ignored;
};

void run(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        INFO(row.what);
        House house(way::shipped("known"));
        CHECK_EQ(house.deliver(row.message).text(), row.want);
        CHECK_EQ(house.event().empty(), row.want != applied);
    }
}

}  // namespace

TEST_CASE("signatures that prove nothing, or nothing of the From address") {
    DkimSigning nothing_of_body;
    nothing_of_body.length = 0;
    DkimSigning whole_length;
    whole_length.length = 10'000;
    DkimSigning expired;
    expired.made_at = ago(7200);
    expired.lasts = 3600;
    DkimSigning future;
    future.made_at = ago(-1000);
    DkimSigning without_from;
    without_from.fields = {"to", "subject"};
    without_from.from_too = false;
    DkimSigning of_subdomain = by("strict");
    of_subdomain.identity = "carol@mail.example.org";
    const auto other = by_itself(Mail{}.with_uid("e0@example.org"));
    const auto as_e1 = [](const std::string& message) { return replaced(message, "UID:e0", "UID:e1"); };
    const auto two_parts =
        tests::crlf("From: carol@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\n");
    const auto mallorys = replaced(by_itself(), "Carol <carol@", "Mallory <mallory@");
    std::string crowd;
    for (int i = 0; i < 2000; ++i)
        crowd += "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=n" + std::to_string(i) +
                 "; h=from; bh=AAAA; b=AAAA\r\n";
    run({
        {"Carol's provider signs", sign({}), applied},
        {"Carol's provider signs by Ed25519", sign(by("ed"), by_itself(), way::ed25519()), applied},
        {"nobody signs", by_itself()},
        {"another body", as_e1(sign({}, other))},
        {"l=0 and another body", as_e1(sign(nothing_of_body, other))},
        {"l= and a part behind it", sign(whole_length, two_parts) +
                                        "Content-Type: text/calendar; method=REQUEST\r\n\r\n" + Mail().calendar() +
                                        "--b--\r\n"},
        {"From is not signed", replaced(sign(without_from, mallorys), "Mallory <mallory@", "Carol <carol@")},
        {"the key is for tests", sign(by("test"))},
        {"the key is revoked", sign(by("revoked"))},
        {"the key is short", sign(by("short"), by_itself(), way::short_key())},
        {"there is no key", sign(by("none"))},
        {"the key is not for subdomains", sign(of_subdomain)},
        {"expired", sign(expired)},
        {"from the future", sign(future)},
        {"64 KB of signature is no trouble that passes",
         replaced(sign({}), "v=1;", "v=1; z=" + std::string(70'000, 'z') + ";")},
        {"2,000 signatures", crowd + by_itself()},
        {"more signatures than are looked at hide the good one", crowd.substr(0, crowd.size() / 2) + sign({})},
        {"a good one of Mallory's beside a spoilt one of Carol's",
         sign(by("s1", "evil.example"), as_e1(sign({}, other)))},
    });
}

TEST_CASE("a From that is not one address of one person") {
    const auto carol = std::string("From: Carol <carol@example.org>");
    const auto from = [&](const std::string& field) { return sign({}, replaced(by_itself(), carol, field)); };
    run({
        {"a second one on top", "From: mallory@evil.example\r\n" + sign({})},
        {"a second one at the bottom", replaced(sign({}), "\r\n\r\n", "\r\nFrom: mallory@evil.example\r\n\r\n")},
        {"Carol's on top of Mallory's own",
         carol + "\r\n" + sign(by("s1", "evil.example"), replaced(by_itself(), carol, "From: mallory@evil.example"))},
        {"several mailboxes", from("From: carol@example.org, mallory@evil.example")},
        {"several mailboxes, Carol's last", from("From: mallory@evil.example, carol@example.org")},
        {"a group", from("From: friends: carol@example.org;")},
        {"an address for a name",
         sign(by("s1", "evil.example"),
              replaced(by_itself(), carol, "From: \"carol@example.org\" <mallory@evil.example>")),
         not_hers},
        {"an encoded address for a name",
         sign(by("s1", "evil.example"),
              replaced(by_itself(), carol, "From: =?utf-8?Q?carol=40example=2Eorg?= <mallory@evil.example>")),
         not_hers},
        {"a letter that looks like hers",
         sign(by("s1", "xn--xample-2of.org"), replaced(by_itself(), carol, "From: carol@\xd0\xb5xample.org")),
         not_hers},
        {"Bob's own, unsigned", replaced(by_itself(), carol, "From: bob@example.com")},
        {"Carol in Sender and Resent-From",
         "Sender: carol@example.org\r\nResent-From: carol@example.org\r\n" +
             sign(by("s1", "evil.example"), replaced(by_itself(), carol, "From: mallory@evil.example")),
         not_hers},
    });
}

TEST_CASE("what others are said to have proven, and what others wrote") {
    const std::string results = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.org\r\n";
    const auto forwarded = tests::crlf("From: mallory@evil.example\nContent-Type: message/rfc822\n\n") + sign({});
    run({
        {"results, and nobody is trusted", results + by_itself()},
        {"a forwarded mail of Carol's", sign(by("s1", "evil.example"), forwarded), ": untouched"},
        {"her mail attached",
         sign(by("s1", "evil.example"),
              tests::crlf("From: mallory@evil.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
                          "Content-Type: message/rfc822\n\n") +
                  sign({}) + "\r\n--x--\r\n"),
         ": untouched"},
    });
    House trusting(way::shipped("known"),
                   "authentication: {trusted_results: {authserv_ids: [mx.example.com], methods: [dmarc]}}\n");
    CHECK_EQ(trusting.deliver("Received: from x by y\r\n" + results + by_itself()).text(), ignored);
    CHECK_EQ(trusting.deliver(replaced(results, "pass", "fail") + results + by_itself()).text(), ignored);
    CHECK_EQ(trusting.deliver(results + "From: mallory@evil.example\r\n" + by_itself()).text(), ignored);
    const auto exchanged =
        replaced(by_itself(), "Content-Type:", "Content-Transfer-Encoding: quoted-printable\r\nContent-Type:");
    CHECK_EQ(trusting.deliver(results + replaced(exchanged, "SUMMARY:Planning", "SUMMARY:=50lanning")).text(), ignored);
    CHECK_EQ(trusting.event(), "");
    CHECK_EQ(trusting.deliver(results + by_itself()).text(), applied);
}

TEST_CASE("a key that cannot be asked for") {
    run({
        {"beside a good signature, above it", sign(by("down"), sign({})), applied},
        {"beside a good signature, below it", sign({}, sign(by("down"))), applied},
        {"alone: the mail is judged later", sign(by("down")), "people I know: later"},
        {"of somebody else: nothing to wait for", sign(by("down", "evil.example"))},
        {"on a mail that is spam to begin with", sign(by("down"), "X-Spam-Flag: YES\r\n" + by_itself()),
         "spam: ignore"},
    });
    SUBCASE("later it is verified, not believed") {
        House house(way::shipped("known"));
        const auto genuine = sign(by("down"));
        CHECK_EQ(house.decide_later(genuine), "people I know: apply");
        CHECK_EQ(house.decide_later(replaced(genuine, "SUMMARY:Planning", "SUMMARY:Lunch")), ignored);
        CHECK_EQ(house.decide_later(replaced(genuine, "From: Carol <", "From: Caroline <")), ignored);
    }
}

TEST_CASE("Content-Type is often not signed, so a text of Carol's can be made a calendar by whoever passes it on") {
    DkimSigning without_type;
    without_type.fields = {"from", "to", "subject"};
    const auto alone =
        replaced(sign(without_type, harmless(Mail().calendar())), "text/plain", "text/calendar; method=REQUEST");
    const auto quoted =
        replaced(sign(without_type, harmless("Hello\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n" +
                                             Mail().calendar() + "--b--\r\nwrote Mallory\r\n")),
                 "text/plain", "multipart/mixed; boundary=b");
    SUBCASE("by default that is taken for hers only if the whole text is what the type says") {
        run({{"the text alone", alone, applied},
             {"a part of the text, with words behind it", quoted, ignored},
             {"but not when the type was signed",
              replaced(sign({}, harmless(Mail().calendar())), "text/plain", "text/calendar; method=REQUEST")}});
    }
    SUBCASE("require_signed: [from, content-type] does not take it, nor honest mail of such a signer") {
        House house(way::shipped("known"), "authentication: {dkim: {require_signed: [from, content-type]}}\n");
        CHECK_EQ(house.deliver(alone).text(), ignored);
        CHECK_EQ(house.deliver(quoted).text(), ignored);
        CHECK_EQ(house.deliver(sign(without_type)).text(), ignored);
        CHECK_EQ(house.event(), "");
        CHECK_EQ(house.deliver(sign({})).text(), applied);
    }
}
