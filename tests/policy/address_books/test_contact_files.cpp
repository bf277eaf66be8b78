#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/address_books/contact_files.h"
#include "tests/support/process.h"

namespace {

using namespace std::chrono_literals;
using calendar::base::Owner;
using calendar::itip::Address;
using policy::address_books::AddressBook;
using tests::write_text;
using Clock = std::chrono::steady_clock;

/// Holds who reads a file, and counts.
class Gate {
  public:
    void shut() {
        const std::lock_guard lock(mutex_);
        shut_ = true;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        shut_ = false;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++reads_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !shut_; });
    }
    bool wait_for_reads(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 30s, [&] { return reads_ >= count; });
    }
    int reads() {
        const std::lock_guard lock(mutex_);
        return reads_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool shut_ = false;
    int reads_ = 0;
};

Gate* gate = nullptr;  // of the test that runs

/// The whole file is one address, or `broken`.
calendar::base::Found<void> read_one(const std::string&, std::string_view text,
                                     policy::address_books::Entries& entries) {
    gate->pass();
    if (text == "broken") return tl::unexpected<std::string>("broken");
    entries.contacts.emplace_back(text);
    return {};
}

struct Setting {
    Gate own;
    tests::TemporaryFolder folder;
    std::unique_ptr<AddressBook> book = policy::address_books::make_files_book(
        (folder.path() / "{user}").string(), {.is_ours = nullptr, .read = &read_one, .look_again = {}});

    Setting() { gate = &own; }
    void write(const std::string& text) const { write_text(folder.path() / "bob", text); }
    std::string ask(const std::string& sender, Clock::duration patience = 30s) const {
        const auto known =
            book->knows(Owner{"bob", "bob@example.com"}, *Address::parse(sender), Clock::now() + patience);
        if (!known) return known.error();
        return *known ? "yes" : "no";
    }
    std::future<std::string> ask_beside(const std::string& sender) const {
        return std::async(std::launch::async, [this, sender] { return ask(sender); });
    }
};

const std::string carol = "carol@example.org", longer = "longer.name@example.org";

}  // namespace

TEST_CASE("a changed file is read by one, while the others use what was read before") {
    Setting s;
    s.write(carol);
    CHECK(s.ask(carol) == "yes");
    s.write(longer);
    s.own.shut();
    auto reader = s.ask_beside(longer);
    REQUIRE(s.own.wait_for_reads(2));
    for (int i = 0; i < 8; ++i) {
        CHECK(s.ask(carol, 0s) == "yes");
        CHECK(s.ask(longer, 0s) == "no");
    }
    CHECK(s.own.reads() == 2);
    s.own.open();
    CHECK(reader.get() == "yes");
    CHECK(s.ask(longer) == "yes");
    CHECK(s.ask(carol) == "no");
    CHECK(s.own.reads() == 2);
}

TEST_CASE("a file that nobody read before is read by one, and the others wait, each until its own deadline") {
    for (const auto& text : {carol, std::string("broken")}) {
        CAPTURE(text);
        Setting s;
        s.write(text);
        s.own.shut();
        std::vector<std::future<std::string>> asked;
        asked.push_back(s.ask_beside(carol));
        REQUIRE(s.own.wait_for_reads(1));
        CHECK(s.ask(carol, 1ms) == (s.folder.path() / "bob").string() + ": not read in time");
        for (int i = 0; i < 8; ++i)
            asked.push_back(s.ask_beside(carol));
        s.own.open();
        for (auto& each : asked)
            CHECK(each.get() == (text == "broken" ? "broken" : "yes"));
        if (text != "broken") CHECK(s.own.reads() == 1);
    }
}
