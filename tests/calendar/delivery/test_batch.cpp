#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/batch.h"
#include "tests/calendar/delivery/courier_world.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using calendar::itip::ReplyMark;
using tests::Conflict;
using tests::noon;
using tests::Permanent;
using tests::Temporary;

namespace {

using Texts = std::vector<std::string>;

struct Setting {
    tests::CourierWorld world;
    tests::FakeCalendar& calendar = *world.calendar;
    std::vector<QueuedJob> jobs;
    std::vector<ReplyMark> marks;
    std::vector<JobResult> results;

    Job& add(const std::string& message) {
        jobs.push_back({tests::sample_job(std::to_string(jobs.size()), message), 0});
        return jobs.back().job;
    }
    void run() {
        Batch batch(world, marks);
        batch.run(jobs);
        results = batch.results();
        for (const auto& mark : batch.mark_changes().keep)
            marks.push_back(mark);
        REQUIRE(batch.mark_changes().forget.empty());
        REQUIRE(results.size() == jobs.size());
        for (std::size_t i = 0; i < jobs.size(); ++i)
            CHECK(results[i].job == jobs[i].job.id);
    }
    void there(const std::string& content) { calendar.objects["party@example.org"] = content; }
    std::string object() const {
        const auto found = calendar.objects.find("party@example.org");
        return found == calendar.objects.end() ? "-" : found->second;
    }
    /// Each job as `event outcome reason`, or `retry SECONDS`.
    Texts story() const {
        Texts all;
        for (const auto& each : results) {
            if (each.state == JobResult::State::waiting) {
                CHECK(each.audit.event == "retry");
                all.push_back("retry " + std::to_string((each.due - noon).count()));
            } else {
                CHECK((each.state == JobResult::State::given_up) == (each.audit.event == "given_up"));
                auto line = each.audit.event;
                for (const auto& word : {each.audit.outcome, each.audit.reason})
                    if (!word.empty()) line += " " + word;
                all.push_back(line);
            }
        }
        return all;
    }
};

}  // namespace

TEST_CASE("what the messages say becomes one fetch and at most one store") {
    struct Case {
        const char* name;
        std::string stored;  // empty: none
        Texts messages, story, calls;
        std::string object;
    };
    const std::vector<Case> cases{
        {"a new event", "", {"add a"}, {"done created new_event"}, {"fetch", "store a"}, "a"},
        {"an update", "a", {"add b"}, {"done updated changed_event"}, {"fetch", "store a,b"}, "a,b"},
        {"all of them in order",
         "",
         {"add a", "add b", "add c"},
         {"done created new_event", "done updated changed_event", "done updated changed_event"},
         {"fetch", "store a,b,c"},
         "a,b,c"},
        {"a removal", "a", {"remove"}, {"done removed removed_event"}, {"fetch", "remove"}, "-"},
        {"made and removed",
         "",
         {"add a", "remove"},
         {"done created new_event", "done removed removed_event"},
         {"fetch"},
         "-"},
        {"removed and made again",
         "a",
         {"remove", "add b"},
         {"done removed removed_event", "done created new_event"},
         {"fetch", "store b"},
         "b"},
        {"nothing to do", "a", {"same"}, {"done unchanged duplicate"}, {"fetch"}, "a"},
        {"a refusal between two changes",
         "a",
         {"add b", "refuse", "add c"},
         {"done updated changed_event", "done refused own_message", "done updated changed_event"},
         {"fetch", "store a,b,c"},
         "a,b,c"},
        {"what never works is given up, the others go on",
         "a",
         {"add b", "broken", "add c"},
         {"done updated changed_event", "given_up", "done updated changed_event"},
         {"fetch", "store a,b,c"},
         "a,b,c"},
        {"what may work later stops those behind it",
         "a",
         {"add b", "busy", "add c"},
         {"done updated changed_event", "retry 30", "retry 30"},
         {"fetch", "store a,b"},
         "a,b"},
        {"so does what throws", "a", {"throw", "add b"}, {"retry 30", "retry 30"}, {"fetch"}, "a"},
        {"what the calendar does not take spoils only itself",
         "",
         {"add a", "add poison", "add b"},
         {"done created new_event", "given_up", "done updated changed_event"},
         {"fetch", "store a,poison,b", "fetch", "store a", "fetch", "store a,poison", "fetch", "store a,b"},
         "a,b"},
    };
    for (const auto& each : cases) {
        INFO(each.name);
        Setting setting;
        if (!each.stored.empty()) setting.there(each.stored);
        for (const auto& message : each.messages)
            setting.add(message);
        setting.run();
        CHECK(setting.story() == each.story);
        CHECK(setting.calendar.calls == each.calls);
        CHECK(setting.object() == each.object);
    }
}

TEST_CASE("trouble with the calendar") {
    struct Case {
        const char* name;
        std::deque<tests::FakeCalendar::Failure> failures;
        Texts story, calls;
        std::string detail;
    };
    const Texts both_done{"done updated changed_event", "done updated changed_event"}, again{"retry 30", "retry 30"};
    const std::vector<Case> cases{
        {"a conflict: fetched and applied again",
         {{"store", Conflict{"412"}}},
         both_done,
         {"fetch", "store a,b,c", "fetch", "store a,b,c"},
         "more"},
        {"two conflicts",
         {{"store", Conflict{"412"}}, {"store", Conflict{"412"}}},
         both_done,
         {"fetch", "store a,b,c", "fetch", "store a,b,c", "fetch", "store a,b,c"},
         "more"},
        {"three conflicts: later",
         {{"store", Conflict{"412"}}, {"store", Conflict{"412"}}, {"store", Conflict{"412"}}},
         again,
         {"fetch", "store a,b,c", "fetch", "store a,b,c", "fetch", "store a,b,c"},
         "the event was changed by others 3 times during the update: 412"},
        {"down at the fetch", {{"fetch", Temporary{"503", std::nullopt}}}, again, {"fetch"}, "503"},
        {"down at the store", {{"store", Temporary{"503", std::nullopt}}}, again, {"fetch", "store a,b,c"}, "503"},
        {"it says how long",
         {{"store", Temporary{"503", 5min}}},
         {"retry 300", "retry 300"},
         {"fetch", "store a,b,c"},
         "503"},
        {"it throws at the fetch", {{"fetch", std::nullopt}}, again, {"fetch"}, "out of order"},
        {"it throws at the store", {{"store", std::nullopt}}, again, {"fetch", "store a,b,c"}, "out of order"},
        {"no such calendar", {{"fetch", Permanent{"404"}}}, {"given_up", "given_up"}, {"fetch"}, "404"},
        {"down while it is found out which one is not taken",
         {{"store", Permanent{"415"}}, {"store", Temporary{"503", std::nullopt}}},
         again,
         {"fetch", "store a,b,c", "fetch", "store a,b"},
         "503"},
    };
    for (const auto& each : cases) {
        INFO(each.name);
        Setting setting;
        setting.there("a");
        setting.add("add b");
        setting.add("add c");
        setting.calendar.failures = each.failures;
        setting.run();
        CHECK(setting.story() == each.story);
        CHECK(setting.calendar.calls == each.calls);
        CHECK(setting.results.front().audit.detail == each.detail);
        CHECK(setting.calendar.failures.empty());
    }
}

TEST_CASE("what somebody else changed in between is not lost") {
    Setting setting;
    setting.there("a");
    setting.add("add b");
    setting.world.engine = [&, first = true](const calendar::itip::ApplyInput& input) mutable {
        if (std::exchange(first, false)) {
            setting.there("phone");
            ++setting.calendar.versions["party@example.org"];
        }
        return tests::fake_apply(input);
    };
    setting.run();
    CHECK(setting.object() == "phone,b");
}

TEST_CASE("a backend that is not configured any more keeps its jobs waiting") {
    Setting setting;
    setting.add("add a").backend = "gone";
    setting.run();
    CHECK(setting.story() == Texts{"retry 30"});
    CHECK(setting.results[0].audit.detail == "backend 'gone' is not in the configuration");
}

TEST_CASE("jobs for two calendars are two runs, and the second waits when the first must") {
    Setting setting;
    setting.add("add a");
    setting.add("add b").address = "robert@example.com";
    setting.add("add c").backend = "gone";
    SUBCASE("both work") {
        setting.run();
        CHECK(setting.story() == Texts{"done created new_event", "done updated changed_event", "retry 30"});
        CHECK(setting.calendar.calls == Texts{"fetch", "store a", "fetch", "store a,b"});
    }
    SUBCASE("the first is down") {
        setting.calendar.failures = {{"fetch", Temporary{"503", std::nullopt}}};
        setting.run();
        CHECK(setting.story() == Texts{"retry 30", "retry 30", "retry 30"});
        CHECK(setting.calendar.calls == Texts{"fetch"});
        CHECK(setting.results[2].audit.detail == "an earlier message for this event waits");
    }
}

TEST_CASE("tries that fail are given up when the schedule says so, and those behind go on") {
    Setting setting;
    setting.add("busy").created = noon - 72h;
    setting.add("add b");
    setting.run();
    CHECK(setting.story() == Texts{"given_up", "retry 30"});
    setting.jobs.erase(setting.jobs.begin());
    setting.jobs[0].attempts = 1;
    setting.add("busy");
    setting.jobs.back().attempts = 3;
    setting.run();
    CHECK(setting.story() == Texts{"done created new_event", "retry 3600"});
}

TEST_CASE("the marks go from message to message, and stay when nothing was stored") {
    Setting setting;
    const std::vector<ReplyMark> before{{"dave@example.org", "", 1, "20261121T010000Z"}};
    setting.marks = before;
    setting.add("add a");
    setting.add("add b");
    SUBCASE("stored") {
        setting.run();
        REQUIRE(setting.marks.size() == 3);
        CHECK(setting.marks[0] == before[0]);
        CHECK(setting.marks[2].recurrence_id == "add b");
    }
    SUBCASE("not stored") {
        setting.calendar.failures = {{"store", Temporary{"503", std::nullopt}}};
        setting.run();
        CHECK(setting.marks == before);
    }
    SUBCASE("stored at the second go") {
        setting.calendar.failures = {{"store", Conflict{"412"}}};
        setting.run();
        CHECK(setting.marks.size() == 3);
    }
}

TEST_CASE("a reply is held against the marks of who answers, and everything against cancellations") {
    struct Case {
        const char* name;
        calendar::itip::Method method;
        std::vector<std::string> answering;
        Texts wanted;  // attendees of the marks that the engine is given
    };
    using calendar::itip::Method;
    const std::vector<Case> cases{
        {"a reply", Method::reply, {"carol@example.org"}, {"", "carol@example.org"}},
        {"a reply of which an older version kept nothing",
         Method::reply,
         {},
         {"", "carol@example.org", "dave@example.org"}},
        {"a request", Method::request, {}, {""}},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        for (const char* attendee : {"", "carol@example.org", "dave@example.org"})
            setting.marks.push_back({attendee, "", 1, "20261121T010000Z"});
        auto& job = setting.add("same");
        job.method = c.method;
        job.answering = c.answering;
        Texts given;
        setting.world.engine = [&given](const calendar::itip::ApplyInput& input) {
            for (const auto& mark : input.marks)
                given.push_back(mark.attendee);
            return tests::fake_apply(input);
        };
        setting.run();
        CHECK(given == c.wanted);
        CHECK_MESSAGE(setting.marks.size() == 3, "the others stay");
    }
}

TEST_CASE("a reply that changes nothing leaves no mark, but moves the one that is there") {
    using calendar::itip::Outcome;
    Setting setting;
    setting.marks = {{"carol@example.org", "", 1, "20261121T010000Z"}};
    const ReplyMark moved{"carol@example.org", "", 1, "20261121T020000Z"};
    auto& job = setting.add("same");
    job.method = calendar::itip::Method::reply;
    job.answering = {"carol@example.org"};
    setting.world.engine = [&](const calendar::itip::ApplyInput& input) -> tests::Result<Outcome> {
        return Outcome{Outcome::Kind::unchanged,
                       calendar::itip::Reason::duplicate,
                       "again",
                       input.stored,
                       {moved, {"carol@example.org", "20261201", 1, "20261121T020000Z"}}};
    };
    Batch batch(setting.world, setting.marks);
    batch.run(setting.jobs);
    CHECK(batch.mark_changes().keep == std::vector<ReplyMark>{moved});
}

TEST_CASE("the marks of one attendee are bounded, and beyond that their answer is refused") {
    for (const auto& [there, wanted] :
         {std::pair(marks_of_one - 1, "done created new_event"), std::pair(marks_of_one, "done refused too_complex")}) {
        CAPTURE(there);
        Setting setting;
        for (std::size_t i = 0; i < there; ++i)
            setting.marks.push_back({"carol@example.org", std::to_string(i), 1, "20261121T010000Z"});
        auto& job = setting.add("add x");  // the engine of the tests adds a mark of carol's
        job.method = calendar::itip::Method::reply;
        job.answering = {"carol@example.org"};
        Batch batch(setting.world, setting.marks);
        batch.run(setting.jobs);
        setting.results = batch.results();
        CHECK(setting.story() == Texts{wanted});
        CHECK(batch.mark_changes().keep.size() == (there < marks_of_one ? 1 : 0));
        CHECK(setting.object() == (there < marks_of_one ? "x" : "-"));
    }
}

TEST_CASE("of too many cancellations the oldest is forgotten") {
    using calendar::itip::Outcome;
    Setting setting;
    for (std::size_t i = 0; i < marks_of_one; ++i)
        setting.marks.push_back({"", std::to_string(i), 1, i == 7 ? "20261120T010000Z" : "20261121T010000Z"});
    setting.add("same").method = calendar::itip::Method::cancel;
    const ReplyMark another{"", "another", 1, "20261121T020000Z"};
    setting.world.engine = [&](const calendar::itip::ApplyInput& input) -> tests::Result<Outcome> {
        auto marks = input.marks;
        marks.push_back(another);
        return Outcome{Outcome::Kind::created, calendar::itip::Reason::cancelled_instance, "", "x", marks};
    };
    Batch batch(setting.world, setting.marks);
    batch.run(setting.jobs);
    CHECK(batch.mark_changes().keep == std::vector<ReplyMark>{another});
    CHECK(batch.mark_changes().forget == std::vector<ReplyMark>{setting.marks[7]});
}

TEST_CASE("what could not be decided when the mail came is decided with the object at hand") {
    Setting setting;
    setting.there("a");
    setting.add("add b");
    setting.add("add c").decided = false;
    setting.add("add d");
    auto& late = setting.world.late;
    late.rule = "late rule";
    late.place = "policy.yaml:9:5";
    late.detail = "known_uid is true";
    SUBCASE("apply, with what the rule allows") {
        late.kind = DeferredDecision::Kind::apply;
        late.publish_allowed = true;
        setting.run();
        CHECK(setting.object() == "a,b,c(published),d");
        CHECK(setting.story()[1] == "done updated changed_event");
        CHECK(setting.results[1].audit.rule == "late rule");
        CHECK(setting.results[1].audit.place == "policy.yaml:9:5");
    }
    SUBCASE("apply, in the name of somebody else than the job says") {
        std::optional<calendar::itip::Address> sender;
        setting.world.engine = [&](const calendar::itip::ApplyInput& input) {
            if (input.message == "add c") sender = input.sender;
            return tests::fake_apply(input);
        };
        late.kind = DeferredDecision::Kind::apply;
        late.sender = calendar::itip::Address::parse("party@example.org");
        setting.run();
        CHECK(sender == late.sender);
    }
    SUBCASE("refuse") {
        late.kind = DeferredDecision::Kind::leave;
        late.action = "refused";
        late.reason = "sender_not_organizer";
        setting.run();
        CHECK(setting.object() == "a,b,d");
        CHECK(setting.story()[1] == "done refused sender_not_organizer");
    }
    SUBCASE("leave") {
        late.kind = DeferredDecision::Kind::leave;
        late.action = "hold";
        setting.run();
        CHECK(setting.object() == "a,b,d");
        CHECK(setting.story()[1] == "done hold");
        CHECK(setting.results[1].audit.detail == "known_uid is true");
    }
    SUBCASE("still undecided") {
        late.kind = DeferredDecision::Kind::undecided;
        setting.run();
        CHECK_MESSAGE(setting.object() == "a,b,d", "the organizer's update does not wait for it");
        CHECK(setting.story() == Texts{"done updated changed_event", "retry 30", "done updated changed_event"});
    }
    SUBCASE("undecided for longer than that may take") {
        setting.jobs[1].job.created = noon - 1h;
        late.kind = DeferredDecision::Kind::undecided;
        late.give_up_after = 1h;
        setting.run();
        CHECK(setting.story()[1] == "given_up");
        CHECK(setting.results[1].audit.detail == "no decision within 1 h: known_uid is true");
    }
    CHECK(setting.world.late_saw == Texts{"a,b"});
}

TEST_CASE("an audit row says where else the event is") {
    struct Twice : tests::FakeCalendar {
        tests::Result<std::optional<tests::Stored>> fetch(const tests::Owner& owner, const std::string& uid,
                                                          calendar::base::Deadline deadline) override {
            auto found = FakeCalendar::fetch(owner, uid, deadline);
            if (found && *found) (*found)->also = "/dav/bob/work/x.ics";
            return found;
        }
    };
    const auto twice = std::make_shared<Twice>();
    twice->objects["party@example.org"] = "a";
    Setting setting;
    for (const char* message : {"add b", "same", "refuse", "remove"})
        setting.add(message);
    setting.world.find_connector = [&](const std::string&) { return twice; };
    setting.run();
    Texts details;
    for (const auto& each : setting.results)
        details.push_back(each.audit.detail);
    const std::string also = "; the same UID is also at /dav/bob/work/x.ics";
    CHECK(details == Texts{"more" + also, "again" + also, "own" + also, "gone" + also});
}

TEST_CASE("an audit row names the mail, the event and the rule") {
    Setting setting;
    setting.add("add a");
    setting.run();
    const auto& row = setting.results[0].audit;
    CHECK(row.time == noon);
    CHECK(Texts{row.queue_id, row.job, row.user, row.uid, row.method, row.rule, row.place, row.detail} ==
          Texts{"4XYZ", "0", "bob", "party@example.org", "REQUEST", "people I know", "policy.yaml:3:5", "new"});
}
