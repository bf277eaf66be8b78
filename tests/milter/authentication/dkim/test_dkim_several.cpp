#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "tests/milter/authentication/signed_messages.h"

using namespace signed_messages;

TEST_CASE("several signatures") {
    DkimSigning of_net;
    of_net.domain = "example.net";
    const auto sign_down = by("down");

    SUBCASE("a key that cannot be asked for spoils no other signature") {
        CHECK_EQ(verify(sign(sign_down, sign({}))).results(), "temperror pass");
        CHECK_EQ(verify(sign({}, sign(sign_down))).results(), "pass temperror");
        CHECK(verify(sign({}, sign(sign_down))).authentication.authenticated);
        CHECK_FALSE(verify(sign({}, sign(sign_down))).authentication.temporary);
    }
    SUBCASE("a key that cannot be asked for is asked for once") {
        CHECK_EQ(verify(sign(sign_down)).asked, 1);
    }
    SUBCASE("an unaligned signature that cannot be looked at leaves nothing open") {
        auto down = of_net;
        down.selector = "down";
        const auto [authentication, asked] = verify(sign(down, sign(by("none"))));
        CHECK_FALSE(authentication.temporary);
    }
    SUBCASE("all that pass are named, in the order of the header") {
        const auto [authentication, asked] = verify(sign(of_net, sign({})));
        REQUIRE_EQ(authentication.signatures.size(), 2);
        CHECK_EQ(authentication.signatures[0].domain, "example.net");
        CHECK_FALSE(authentication.signatures[0].aligned);
        CHECK_EQ(authentication.signatures[1].domain, "example.org");
        CHECK(authentication.signatures[1].aligned);
        CHECK_EQ(verify(sign(of_net, sign({}))).results(), "pass pass");
    }
    SUBCASE("a broken one, and one that is too large, beside a good one") {
        const auto huge = replaced(sign({}).substr(0, sign({}).size() - mail.size()), "v=1;",
                                   "v=1; z=" + std::string(70'000, 'z') + ";");
        CHECK_EQ(verify("DKIM-Signature: nonsense\r\n" + huge + sign({})).results(), "permerror permerror pass");
        CHECK_EQ(verify(replaced(sign({}), "\r\nTo:", "\r\nDKIM-Signature: v=1; d=\r\nTo:")).results(),
                 "pass permerror");
    }
    SUBCASE("two signatures by one key") {
        CHECK_EQ(verify(sign({}, sign({}))).results(), "pass pass");
    }
}

TEST_CASE("no more signatures than configured are looked at") {
    policy::config::Authentication options;
    options.dkim.signatures = 2;
    std::string header;
    for (int i = 0; i < 1900; ++i) {
        header += "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=n" + std::to_string(i) +
                  "; h=from; bh=AAAA; b=AAAA\r\n";
    }
    SUBCASE("1,900 signatures: two look-ups") {
        const auto verified = verify(header + mail, options);
        CHECK_EQ(verified.asked, 2);
        REQUIRE_EQ(verified.authentication.signatures.size(), 1900);
        CHECK_EQ(verified.results().substr(0, 35), "permerror permerror neutral neutral");
        CHECK_EQ(verified.authentication.signatures[1899].reason, "not verified: too many signatures");
    }
    SUBCASE("the aligned one is looked at wherever it stands") {
        const auto verified = verify(header + sign({}), options);
        CHECK_EQ(verified.asked, 2);
        CHECK(verified.authentication.authenticated);
        CHECK_EQ(word(verified.authentication.signatures[1].result), "neutral");
    }
    SUBCASE("more than 2,000 header fields") {
        const auto verified = verify(header + header + sign({}), options);
        CHECK_EQ(verified.asked, 0);
        CHECK_FALSE(verified.authentication.authenticated);
        CHECK_EQ(verified.authentication.from_error, "too many header fields");
    }
}

TEST_CASE("eight threads at once") {
    const auto asked = std::make_shared<std::atomic<int>>(0);
    const DkimVerifier verifier(policy::config::Authentication{}, counted(all_keys(), asked));
    const auto good = sign({});
    const auto changed = replaced(good, "At noon", "At nine");
    const auto other = sign(by("ed"), mail, ed25519());
    const auto down = sign(by("down"));
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i) {
                const auto expect = [&](const std::string& message, SignatureResult want) {
                    if (verifier.verify(milter::mail::MailOfBytes(message, {}).mail(), calendar::base::Deadline::max())
                            .signatures.at(0)
                            .result != want)
                        ++wrong;
                };
                expect(good, SignatureResult::pass);
                expect(changed, SignatureResult::fail);
                expect(other, SignatureResult::pass);
                expect(down, SignatureResult::temperror);
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK_EQ(wrong, 0);
}
