#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/authentication/dkim/dkim.h"
#include "milter/daemon/intake.h"
#include "tests/calendar/delivery/courier_world.h"
#include "tests/milter/judging/world.h"
#include "tests/support/process.h"

using calendar::delivery::Courier;
using calendar::delivery::CourierHost;
using calendar::delivery::Database;
using calendar::delivery::Job;
using calendar::delivery::Queue;
using calendar::delivery::State;
using milter::daemon::Intake;
using milter::mta::Reply;
using milter::sandbox::CellPool;
using milter::sandbox::Forker;
using namespace std::chrono_literals;
using tests::event_mail;

namespace {

milter::mail::Inspection hang(std::string_view, const milter::mail::InspectLimits&) {
    for (volatile bool hangs = true; hangs;) {
    }
    return {};
}

/// Of cells that read no mail, and of those that do; each one for all tests, as a daemon has one for its life.
Forker& hanging() {
    static auto forker = Forker::start({.inspect = &hang});
    return forker;
}
Forker& working() {
    static auto forker = Forker::start(milter::sandbox::CellFunctions());
    return forker;
}

const std::string all = "policy: [{name: all, if: {method: REQUEST}, then: apply}]\notherwise: ignore\n";
const std::string proven = "policy: [{name: proven, if: {authenticated: true}, then: apply}]\notherwise: ignore\n";
constexpr auto time_to_answer = 600ms;

/// DNS that does not answer.
class Silent final : public milter::authentication::KeySource {
  public:
    milter::authentication::KeyAnswer ask(const std::string&, calendar::base::Deadline) override {
        return milter::authentication::KeyTrouble{"SERVFAIL"};
    }
};

/// Mail comes while all cells hang; those of the queue do not.
struct Setting {
    /// The forkers come first: the others have threads.
    explicit Setting(const std::string& rules = all, Forker& of_mail = hanging(), Forker& of_queue = working())
        : world(rules), mail_cells(of_mail, {.cells = 1}), queue_cells(of_queue, {.cells = 1, .call = 20s}) {}

    Reply process(const std::vector<std::string>& recipients = {"bob@example.com", "alice@example.com"}) {
        envelope.recipients = recipients;
        return intake.process(world.shared_snapshot(), milter::mail::MailOfBytes(message, envelope).mail(),
                              std::chrono::steady_clock::now() + time_to_answer);
    }
    CourierHost::Reading read(const Job& job) {
        const auto reading = intake.read(world.shared_snapshot(), job, std::chrono::steady_clock::now() + 20s);
        REQUIRE(reading);
        return *reading;
    }
    Job kept() {
        const auto jobs = queue.take(tests::noon);
        REQUIRE(jobs.size() == 1);
        return jobs[0].job;
    }

    milter::mail::Envelope envelope{.queue_id = "Q1", .from = "carol@example.org"};
    std::string message = event_mail("REQUEST");
    tests::World world;
    tests::TemporaryFolder folder;
    State state{"sqlite:" + (folder.path() / "state.db").string()};
    Queue queue{state};
    CellPool mail_cells, queue_cells;
    std::promise<policy::memory::Observation> learned;
    milter::judging::Learner learner{world.engine(),
                                     [this](const auto& seen, const auto&) { learned.set_value(seen); }};
    Intake intake{queue, {mail_cells, queue_cells}, learner, [] { return tests::noon; }};
};

}  // namespace

TEST_CASE("a mail that no cell reads in time goes on, and later into the calendars") {
    Setting setting;
    const auto begin = std::chrono::steady_clock::now();
    const auto reply = setting.process();
    CHECK_MESSAGE(std::chrono::steady_clock::now() - begin < time_to_answer, "there was time to keep it");
    CHECK((reply.verdict == Reply::Verdict::deliver));
    CHECK(reply.field == "mx.example.com; outcome=pending");
    CHECK(setting.queue.counts().waiting == 1);

    tests::CourierWorld host;
    host.engine = [](const calendar::itip::ApplyInput& input) { return calendar::itip::apply(input); };
    host.reader = [&](const Job& job) { return setting.read(job); };
    const Courier courier(setting.queue, host, 1);
    REQUIRE(host.wait_for_reports(3));
    CHECK(setting.queue.counts().waiting == 0);
    CHECK(host.calendar->objects.contains("e1@example.org"));
    std::vector<std::string> story;
    for (const auto& row : setting.queue.audit(10))
        story.push_back(row.event + " " + row.user + " " + row.uid + " " + row.outcome);
    CHECK(story == std::vector<std::string>{"deferred   ", "done   ", "decided bob e1@example.org apply",
                                            "decided alice e1@example.org apply", "done alice e1@example.org created",
                                            "done bob e1@example.org unchanged"});
}

TEST_CASE("a mail for nobody here is not kept") {
    Setting setting;
    CHECK(setting.process({"bob@example.net"}).field.empty());
    CHECK(setting.queue.counts().waiting == 0);
}

TEST_CASE("an unread mail that comes again is kept once") {
    Setting setting;
    setting.process();
    CHECK(setting.process({"alice@example.com", "bob@example.com"}).outcome == "pending");
    CHECK(setting.queue.counts().waiting == 1);
    CHECK(setting.process({"alice@example.com"}).outcome == "pending");
    CHECK(setting.queue.counts().waiting == 2);
}

TEST_CASE("what on_error says holds for a mail that cannot be read in time, and for which there is no room") {
    struct Case {
        const char* name;
        bool tempfail;
        Reply::Verdict verdict;
        std::string outcome;
    };
    const Case cases[] = {
        {"accept", false, Reply::Verdict::deliver, "error"},
        {"tempfail", true, Reply::Verdict::tempfail, ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        setting.world.changeable().config.limits.undecided = 1000;
        setting.world.changeable().config.tempfail_on_error = c.tempfail;
        const auto reply = setting.process();
        CHECK((reply.verdict == c.verdict));
        CHECK(reply.outcome == c.outcome);
        CHECK(setting.queue.counts().waiting == 0);
    }
}

TEST_CASE("what nobody can prove or read yet gets half of the room") {
    for (const bool is_read : {true, false}) {
        CAPTURE(is_read);
        const auto outcome_with = [is_read](std::size_t limit) {
            Setting setting(proven, is_read ? working() : hanging());
            setting.message =
                "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=s1; h=from;\r\n"
                " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n" +
                setting.message;
            setting.world.changeable().dkim = std::make_unique<milter::authentication::DkimVerifier>(
                setting.world.snapshot().config.authentication, std::make_unique<Silent>());
            setting.world.changeable().config.limits.undecided = limit;
            const auto outcome = setting.process().outcome;
            return std::pair(outcome, setting.state.read([](Database& reader) {
                return calendar::delivery::kept_bytes(reader, calendar::delivery::Kept::undecided);
            }));
        };
        const auto [outcome, bytes] = outcome_with(1'000'000);
        REQUIRE(outcome == "pending");
        REQUIRE(bytes > 0);
        CHECK(outcome_with(2 * bytes).first == "pending");
        CHECK(outcome_with(2 * bytes - 2).first == (is_read ? "ignored" : "error"));
    }
}

TEST_CASE("a mail that still cannot be read waits on") {
    Setting setting(all, hanging(), hanging());
    setting.process();
    const auto reading =
        setting.intake.read(setting.world.shared_snapshot(), setting.kept(), std::chrono::steady_clock::now() + 200ms);
    REQUIRE_FALSE(reading);
    CHECK(std::holds_alternative<calendar::base::Temporary>(reading.error()));
    CHECK(
        calendar::base::detail(reading.error()) ==
        "cannot read the message for bob@example.com, alice@example.com at the moment: the time to answer ended while "
        "the message was read");
}

TEST_CASE("a local user's mail teaches when it is read") {
    Setting setting;
    setting.message = event_mail("REQUEST", "bob@example.com", "ORGANIZER:mailto:bob@example.com");
    setting.envelope.from = "bob@example.com";
    setting.envelope.auth_login = "bob";
    setting.process({"alice@example.com"});
    auto learned = setting.learned.get_future();
    CHECK_MESSAGE((learned.wait_for(0s) == std::future_status::timeout), "nothing is known of it yet");
    setting.read(setting.kept());
    REQUIRE((learned.wait_for(30s) == std::future_status::ready));
    const auto observation = learned.get();
    CHECK(observation.user == "bob");
    CHECK(observation.uids == std::vector<std::string>{"e1@example.org"});
}

TEST_CASE("a mail that waits on for DNS after it was read takes no more room than it has") {
    Setting setting(proven);
    setting.world.changeable().dkim = std::make_unique<milter::authentication::DkimVerifier>(
        setting.world.snapshot().config.authentication, std::make_unique<Silent>());
    std::string padding;
    for (int i = 0; i < 60; ++i)
        padding += "X-Padding: " + std::string(900, 'x') + "\n";
    setting.message =
        "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=s1; h=from;\r\n"
        " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n" +
        event_mail("REQUEST", "carol@example.org", "ORGANIZER:mailto:carol@example.org",
                   {"ATTENDEE:mailto:bob@example.com"}, padding);
    setting.world.changeable().config.limits.undecided = 200'000;
    CHECK(setting.process().outcome == "pending");
    const auto job = setting.kept();
    const auto reading = setting.read(job);
    REQUIRE(reading.successors.jobs.size() == 2);
    for (const auto& each : reading.successors.jobs) {
        CHECK_FALSE(each.decided);
        CHECK(each.mail == job.mail);
    }
}
