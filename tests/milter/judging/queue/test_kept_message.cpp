#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "milter/judging/queue/kept_message.h"
#include "policy/config/config.h"
#include "tests/support/dkim_signer.h"

using milter::judging::bytes_of_kept_message;
using milter::judging::kept_message;
using milter::judging::KeptMessages;
using namespace std::chrono_literals;

namespace {

/// A key that comes, or does not; counts how often it is asked for.
class Keys final : public milter::authentication::KeySource {
  public:
    struct Asked {
        std::atomic<int> times = 0;
        std::atomic<bool> down = false;
        std::string down_domain{};  ///< empty: all
    };
    explicit Keys(Asked& asked) : asked_(asked) {}
    milter::authentication::KeyAnswer ask(const std::string& name, calendar::base::Deadline) override {
        ++asked_.times;
        if (asked_.down && name.ends_with(asked_.down_domain)) return milter::authentication::KeyTrouble{"SERVFAIL"};
        return key().record();
    }
    static const tests::DkimKey& key() {
        static const auto made = tests::rsa_key();
        return made;
    }

  private:
    Asked& asked_;
};

struct Setting {
    Keys::Asked asked;
    milter::authentication::DkimVerifier verifier{policy::config::Authentication{}, std::make_unique<Keys>(asked)};
    std::map<std::string, std::string> there;
    std::chrono::steady_clock::time_point clock{};
    KeptMessages messages{[this](const std::string& id) -> std::optional<std::string> {
                              const auto found = there.find(id);
                              return found == there.end() ? std::nullopt : std::optional(found->second);
                          },
                          [this] { return clock; }};

    std::string keep(std::size_t body) {
        const auto kept = kept_message(tests::signed_mail(
            "From: carol@example.org\r\nTo: bob@example.com\r\n\r\n" + std::string(body, 'x') + "\r\n", Keys::key()));
        there.emplace(kept.id, kept.text);
        return kept.id;
    }
    std::string verify(const std::string& id) {
        const auto proof = messages.verify(id, verifier, calendar::base::Deadline::max());
        if (!proof) return "gone";
        return proof->temporary ? "unknown" : proof->authenticated ? "proven" : "not proven";
    }
};

}  // namespace

TEST_CASE("a mail that is kept for later comes back byte for byte") {
    for (const std::string& mail : {std::string(), std::string("a"), std::string("ab"), std::string("abc"),
                                    std::string("\0\xff\r\n", 4), std::string(3 << 20, 'x')}) {
        const auto kept = kept_message(mail);
        CHECK(kept.text.find('\0') == std::string::npos);
        CHECK(bytes_of_kept_message(kept.text) == mail);
    }
    CHECK(kept_message("a").id == kept_message("a").id);
    CHECK(kept_message("a").id != kept_message("b").id);
}

TEST_CASE("a kept mail that was damaged is a fault, not another mail") {
    for (const char* damaged : {"####", "YWJ", "YWJjYQ"}) {
        CAPTURE(damaged);
        CHECK_THROWS(bytes_of_kept_message(damaged));
    }
}

TEST_CASE("a kept mail is verified once for all its jobs, of whatever size it is") {
    for (const std::size_t body : {10U, 2U << 20}) {
        CAPTURE(body);
        Setting setting;
        const auto id = setting.keep(body);
        std::vector<std::thread> jobs;
        std::atomic<int> proven = 0;
        for (int i = 0; i < 4; ++i)
            jobs.emplace_back([&] { proven += setting.verify(id) == "proven" ? 1 : 0; });
        for (auto& job : jobs)
            job.join();
        setting.there.clear();
        CHECK(setting.verify(id) == "proven");
        CHECK(proven == 4);
        CHECK(setting.asked.times == 1);
    }
}

TEST_CASE("the trouble of one try is that of all jobs, and the next try asks again") {
    Setting setting;
    const auto id = setting.keep(10);
    setting.asked.down = true;
    CHECK(setting.verify(id) == "unknown");
    setting.asked.down = false;
    setting.clock += 19s;
    CHECK(setting.verify(id) == "unknown");
    CHECK(setting.asked.times == 1);
    setting.clock += 1s;
    CHECK(setting.verify(id) == "proven");
    CHECK(setting.asked.times == 2);
}

TEST_CASE("a mail whose sender is proven is looked at again when another signature may prove more") {
    Setting setting;
    tests::DkimSigning other;
    other.domain = "example.net";
    const auto kept = kept_message(tests::signed_mail(
        tests::signed_mail("From: carol@example.org\r\n\r\nx\r\n", Keys::key()), Keys::key(), other));
    setting.there.emplace(kept.id, kept.text);
    setting.asked.down_domain = other.domain;
    setting.asked.down = true;
    CHECK(setting.verify(kept.id) == "proven");
    setting.asked.down = false;
    setting.clock += 20s;
    CHECK(setting.verify(kept.id) == "proven");
    CHECK(setting.asked.times == 4);
    setting.clock += 20s;
    CHECK(setting.verify(kept.id) == "proven");
    CHECK(setting.asked.times == 4);
}

TEST_CASE("a mail that is gone proves nothing") {
    Setting setting;
    CHECK(setting.verify("never kept") == "gone");
}
