#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/courier.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;
using Setting = CourierSetting;

namespace {

/// Works for robert. For all others it answers temporary trouble at once when it is first asked, and then not until it
/// is mended.
class Failing : public calendar::connectors::Connector {
  public:
    explicit Failing(bool immediate) : immediate_(immediate) {}

    Result<std::optional<Stored>> fetch(const Owner& owner, const std::string&, calendar::base::Deadline) override {
        if (owner.user == "robert") return std::nullopt;
        std::unique_lock lock(mutex_);
        if (asked_++ == 0) return tl::unexpected<Trouble>(Temporary{"503", std::nullopt});
        most_ = std::max(most_, ++inside_);
        mended_.wait(lock, [this] { return is_mended_; });
        --inside_;
        return std::nullopt;
    }
    Result<void> store(const Owner&, const std::string&, const std::string&, const std::optional<Stored>&) override {
        return {};
    }
    Result<void> remove(const Owner&, const std::string&, const Stored&) override { return {}; }
    bool immediate() const noexcept override { return immediate_; }

    void mend() {
        const std::lock_guard lock(mutex_);
        is_mended_ = true;
        mended_.notify_all();
    }
    int most_at_once() {
        const std::lock_guard lock(mutex_);
        return most_;
    }

  private:
    const bool immediate_;
    std::mutex mutex_;
    std::condition_variable mended_;
    bool is_mended_ = false;
    int asked_ = 0, inside_ = 0, most_ = 0;
};

}  // namespace

TEST_CASE("of a failing backend one event is taken at a time, and after what is due for others") {
    Setting setting;
    setting.add("1", "bob", "failing", noon + 1s);
    setting.add("2", "robert", "failing", noon + 2s);
    setting.add("3", "bob", "working", noon + 3s);
    setting.add("4", "bob", "", noon + 4s);
    setting.queue.note({"failing", ""}, TargetState::failing);
    ++setting.clock;
    CHECK(setting.queue.next_due() == noon + 1s);
    CHECK(setting.take() == "3");
    CHECK(setting.take() == "4");
    CHECK(setting.take() == "1");
    CHECK(setting.take() == "-");
    CHECK(setting.queue.next_due() == std::nullopt);
    setting.give_back("1", "bob");
    CHECK(setting.queue.next_due() == noon + 1s);
    CHECK(setting.take() == "1");
    setting.queue.note({"failing", ""}, TargetState::working);
    CHECK(setting.take() == "2");
}

TEST_CASE("where the calendars are each for themselves only that of the user whose calendar is failing is held back") {
    Setting setting;
    setting.add("1", "bob", "folders", noon + 1s);
    setting.add("2", "bob", "folders", noon + 2s);
    setting.add("3", "robert", "folders", noon + 3s);
    setting.add("4", "robert", "folders", noon + 4s);
    setting.add("5", "bob", "working", noon + 5s);
    setting.queue.note({"folders", "bob"}, TargetState::failing);
    CHECK(setting.take() == "5");
    ++setting.clock;
    CHECK(setting.take() == "3");
    CHECK(setting.take() == "4");
    CHECK(setting.queue.next_due() == noon + 1s);
    CHECK(setting.take() == "1");
    CHECK(setting.take() == "-");
    setting.queue.note({"folders", "bob"}, TargetState::working);
    CHECK(setting.take() == "2");
}

TEST_CASE("what was tried when its target began to fail counts as the one try") {
    Setting setting;
    setting.add("1", "bob", "failing", noon + 1s);
    setting.add("2", "robert", "failing", noon + 2s);
    setting.add("3", "carol", "failing", noon + 3s);
    CHECK(setting.take() == "1");
    CHECK(setting.take() == "3");
    setting.queue.note({"failing", ""}, TargetState::failing);
    ++setting.clock;
    setting.give_back("1", "bob");
    CHECK(setting.take() == "-");
    setting.give_back("3", "carol");
    CHECK(setting.take() == "1");
}

TEST_CASE("a failing target is tried with growing pauses, whatever waits for it, until it answers") {
    struct Case {
        const char* name;
        Target target;
    };
    for (const Case& c : {Case{"a server", {"failing", ""}}, Case{"a user's folder", {"failing", "bob"}}}) {
        CAPTURE(c.name);
        Setting setting;
        for (int i = 0; i < 200; ++i)
            setting.add(std::to_string(i), "bob", "failing", noon);
        std::vector<long> tried;  // after so many seconds
        setting.queue.note(c.target, TargetState::failing);
        for (long second = 0; second < 240; ++second, ++setting.clock) {
            // All that may be taken, as the workers do.
            for (auto id = setting.take(); id != "-" && tried.size() < 100; id = setting.take()) {
                tried.push_back(second);
                setting.queue.note(c.target, TargetState::failing);
                setting.give_back(id, "bob");
            }
        }
        CHECK(tried == std::vector<long>{1, 3, 7, 15, 31, 63, 123, 183});
        setting.clock += 3;
        CHECK(setting.take() == "0");
        setting.queue.note(c.target, TargetState::working);
        setting.give_back("0", "bob");
        CHECK(setting.take() == "0");
        setting.queue.note(c.target, TargetState::failing);
        setting.give_back("0", "bob");
        CHECK(setting.take() == "-");
        ++setting.clock;
        CHECK(setting.take() == "0");
    }
}

TEST_CASE("tries that were under way when a pause began do not make it longer") {
    Setting setting;
    setting.add("1", "bob", "failing", noon);
    CHECK(setting.queue.note({"failing", ""}, TargetState::failing));
    for (int i = 0; i < 9; ++i)
        CHECK_FALSE(setting.queue.note({"failing", ""}, TargetState::failing));
    CHECK(setting.take() == "-");
    ++setting.clock;
    CHECK(setting.take() == "1");
}

TEST_CASE("a calendar that does not answer keeps one worker, and the others' events go on") {
    struct Case {
        const char* name;
        bool immediate;
        std::vector<std::string> users;  // whose events wait for what is failing
        const char* backend;             // of robert, whose calendar works
    };
    const std::vector<Case> cases{
        {"a server that is silent", false, {"bob", "carol", "dave", "erin"}, "default"},
        {"a folder that is locked", true, {"bob", "bob", "bob", "bob"}, "failing"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        const auto failing = std::make_shared<Failing>(c.immediate);
        setting.world.find_connector =
            [&](const std::string& name) -> std::shared_ptr<calendar::connectors::Connector> {
            if (name == "failing") return failing;
            return setting.world.calendar;
        };
        setting.add("first", c.users.front(), "failing", noon - 1s);
        Courier courier(setting.queue, setting.world, 2);
        REQUIRE(setting.world.wait_for_reports(1));
        ++setting.clock;
        for (std::size_t i = 0; i < c.users.size(); ++i)
            setting.add("waits " + std::to_string(i), c.users[i], "failing", noon - 1s);
        mail_passes(courier);
        bool goes_on = true;
        std::size_t healthy = 0;
        for (; goes_on && healthy < 3; ++healthy) {
            setting.add("healthy " + std::to_string(healthy), "robert", c.backend, noon);
            mail_passes(courier);
            goes_on = setting.world.wait_for_reports(2 + healthy);
        }
        CHECK(goes_on);
        CHECK(failing->most_at_once() <= 1);
        failing->mend();
        CHECK(setting.world.wait_for_reports(1 + healthy + c.users.size()));
        CHECK(setting.queue.counts().waiting == 1);  // the very first, until its next try
    }
}

TEST_CASE("that a calendar fails is said once, and once that it works again, however many events meet it") {
    CourierSetting setting;
    for (int i = 0; i < 3; ++i)
        setting.world.calendar->fail("fetch", Temporary{"401 \"wrong password\"", std::nullopt});
    setting.add("first", "bob", "default", noon);
    Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    const auto next = [&setting, &courier](const std::string& id, std::size_t reports) {
        setting.clock += 60;
        setting.add(id, "bob", "default", noon);
        mail_passes(courier);
        return setting.world.wait_for_reports(reports);
    };
    REQUIRE(next("second", 2));
    REQUIRE(next("third", 3));
    CHECK(setting.targets() == Texts{"default/bob fails: 401 \"wrong password\""});
    REQUIRE(next("fourth", 4));
    REQUIRE(next("fifth", 5));
    CHECK(setting.targets() == Texts{"default/bob fails: 401 \"wrong password\"", "default/bob works"});
}

TEST_CASE("what waits for a target is due when that works again after an outage, and all of it after a start") {
    Setting setting;
    for (const auto& [uid, user, backend] :
         {std::tuple("1", "bob", "dav"), {"2", "robert", "dav"}, {"3", "bob", "other"}}) {
        setting.add(uid, user, backend, noon);
        REQUIRE(setting.take() == uid);
        setting.queue.settle(user, uid, {waiting(uid, noon + 4h)}, {}, noon);
    }
    const auto due_after = [&](const Target& target, int failures) {
        for (int i = 0; i < failures; ++i, setting.clock += 60)
            setting.queue.note(target, TargetState::failing);
        setting.queue.note(target, TargetState::working, noon);
        std::string uids;
        for (auto uid = setting.take(); uid != "-"; uid = setting.take())
            uids += uid;
        return uids;
    };
    CHECK(due_after({"dav", "robert"}, 0) == "");
    CHECK_MESSAGE(due_after({"dav", "robert"}, 3) == "", "one event that fails among others");
    CHECK(due_after({"dav", "robert"}, 4) == "2");
    CHECK(due_after({"dav", ""}, 4) == "1");
    setting.queue.wake(noon);
    CHECK(due_after({"dav", ""}, 0) == "3");
}
