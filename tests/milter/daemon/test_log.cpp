#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "milter/daemon/log.h"
#include "milter/daemon/log_lines.h"

using milter::daemon::Logger;
using policy::config::Log;

namespace {

/// Standard error goes to a file while it lives.
class Captured {
  public:
    Captured() {
        std::fflush(stderr);
        file_ = std::tmpfile();
        REQUIRE(file_ != nullptr);
        ::dup2(::fileno(file_), STDERR_FILENO);
    }
    ~Captured() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
        std::fclose(file_);
    }
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;

    std::vector<std::string> lines() const {
        std::vector<std::string> found;
        std::ifstream in("/proc/self/fd/" + std::to_string(::fileno(file_)));
        for (std::string line; std::getline(in, line);)
            found.push_back(line);
        return found;
    }

  private:
    int before_ = ::dup(STDERR_FILENO);
    std::FILE* file_ = nullptr;
};

milter::daemon::SharedLogger logger(Log::Format format, Log::Level level = Log::Level::info) {
    return std::make_shared<const Logger>(Log{level, format, Log::To::standard_error});
}

std::string shape_of(const std::string& line) {
    static const std::regex text(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d warning Q1: counted n=\d+)");
    if (std::regex_match(line, text)) return "text";
    const auto object = nlohmann::json::parse(line, nullptr, false);
    return object.is_object() && object.value("level", "") == "warning" && object.contains("time") &&
                   object.contains("n")
               ? "json"
               : "neither: " + line;
}

}  // namespace

TEST_CASE("a line that is written while the logger changes has the shape of one logger, and none is lost") {
    constexpr int writers = 4;
    constexpr int lines_of_each = 2000;
    std::vector<std::string> lines;
    {
        const Captured captured;
        milter::daemon::use_logger(logger(Log::Format::text));
        std::atomic<int> left = writers;
        std::vector<std::jthread> threads;
        for (int writer = 0; writer < writers; ++writer) {
            threads.emplace_back([&left] {
                for (int n = 0; n < lines_of_each; ++n) {
                    milter::daemon::log(Log::Level::warning, "Q1", "counted", {{"n", std::to_string(n)}});
                }
                --left;
            });
        }
        for (int turn = 0; left > 0; ++turn) {
            milter::daemon::use_logger(logger(turn % 2 == 0 ? Log::Format::json : Log::Format::text,
                                              turn % 3 == 0 ? Log::Level::debug : Log::Level::warning));
        }
        threads.clear();
        lines = captured.lines();
    }
    std::map<std::string, int> shapes;
    for (const auto& line : lines)
        ++shapes[shape_of(line)];
    CHECK(lines.size() == writers * lines_of_each);
    CHECK(shapes["text"] > 0);
    CHECK(shapes["json"] > 0);
    CHECK_MESSAGE(shapes.size() == 2, std::next(shapes.begin())->first);
}

TEST_CASE("the level of the logger in use decides what is written") {
    struct Row {
        Log::Level level;
        std::size_t want;
    };
    const Row rows[] = {
        {Log::Level::debug, 4}, {Log::Level::info, 3}, {Log::Level::warning, 2}, {Log::Level::error, 1}};
    for (const Row& row : rows) {
        const Captured captured;
        milter::daemon::use_logger(logger(Log::Format::text, row.level));
        for (const auto level : {Log::Level::debug, Log::Level::info, Log::Level::warning, Log::Level::error})
            milter::daemon::log(level, {}, "event", {});
        CHECK(captured.lines().size() == row.want);
    }
    milter::daemon::use_logger(logger(Log::Format::text));
}

TEST_CASE("each decision is a line that says for whom, from whom, how proven, by which rule and to what end") {
    const auto address = [](const char* text) { return *calendar::itip::Address::parse(text); };
    const std::string message = "From: carol@example.org\r\nMessage-ID: <1@example.org>\r\n\r\n";
    milter::mail::Envelope envelope;
    envelope.queue_id = "Q1";
    const milter::mail::MailOfBytes read(message, envelope);

    milter::judging::Judgement judgement;
    judgement.authentication = milter::authentication::unproven(read.header());
    milter::judging::UserDecision decided{
        .user = {}, .recipient = address("bob@example.com"), .part = "1", .message = {}};
    const calendar::itip::ItipMessage event{
        .method = calendar::itip::Method::request, .component = "VEVENT", .uid = "e1"};
    decided.message = &event;
    decided.decision.rule = "r";
    decided.decision.action.calendar = policy::rules::CalendarAction::apply;
    decided.decision.action.mail = policy::rules::MailAction::reject;
    auto later = decided;
    later.recipient = address("alice@example.com");
    later.decision.deferred = true;
    auto refused = decided;
    refused.refused = {calendar::itip::Reason::not_addressed, "bob@example.com is not an attendee"};
    judgement.decisions = {decided, later, refused};

    const Captured captured;
    milter::daemon::use_logger(logger(Log::Format::text));
    milter::daemon::log_judgement(read.mail(), judgement);
    judgement.decisions = {decided};
    judgement.decided_for_all = true;
    judgement.authentication.authenticated = true;
    judgement.authentication.by = "submission";
    milter::daemon::log_judgement(read.mail(), judgement);
    decided.speaker = milter::judging::Speaker{
        .party = address("dave@example.org"), .by = address("noreply@example.org"), .person = {}};
    decided.decision.action.mail = later.decision.action.mail = policy::rules::MailAction::deliver;
    later.speaker = decided.speaker;
    later.speaker->unknown = "DNS lookup of a DKIM key failed";
    judgement.decisions = {decided, later};
    judgement.decided_for_all = false;
    judgement.authentication.authenticated = false;
    judgement.authentication.by.clear();
    judgement.authentication.ignored_results = "below";
    milter::daemon::log_judgement(read.mail(), judgement);
    judgement = {};
    judgement.inspection.error = {calendar::itip::Reason::too_complex, "too much"};
    milter::daemon::log_judgement(read.mail(), judgement);

    const std::string start = "info Q1: judged ";
    const std::string who = " message_id=<1@example.org> sender=carol@example.org ";
    const std::string what = " method=REQUEST uid=e1 rule=r outcome=";
    const std::vector<std::string> want{
        start + "recipient=bob@example.com" + who + "unproven=no_signature" + what + "queued",
        start + "recipient=alice@example.com" + who + "unproven=no_signature" + what + "pending",
        start + "recipient=bob@example.com" + who + "unproven=no_signature" + what +
            "refused reason=not_addressed detail=\"bob@example.com is not an attendee\"",
        "info Q1: delivered message_id=<1@example.org> detail=\"a rule quarantines, rejects or discards the message, "
        "but "
        "not for every recipient\"",
        start + "recipient=bob@example.com" + who + "by=submission domain=example.org" + what + "queued",
        start + "recipient=bob@example.com" + who +
            "unproven=no_signature speaker=noreply@example.org speaks_for=dave@example.org results=below" + what +
            "queued",
        start + "recipient=alice@example.com" + who + "unproven=no_signature results=below" + what + "pending",
        start +
            "message_id=<1@example.org> sender=carol@example.org outcome=refused reason=too_complex "
            "detail=\"too much\"",
    };
    std::vector<std::string> got;
    for (const auto& line : captured.lines())
        got.push_back(line.substr(std::min(line.find("info "), line.size())));
    CHECK(got == want);
}

TEST_CASE("a backend that begins to fail is a warning that says why, and one line when it works again") {
    const Captured captured;
    milter::daemon::use_logger(logger(Log::Format::text));
    milter::daemon::log_target({"dav", ""}, calendar::base::Temporary{"401 \"no\"\n", std::nullopt});
    milter::daemon::log_target({"dav", "bob"}, std::nullopt);
    const auto lines = captured.lines();
    REQUIRE(lines.size() == 2);
    CHECK_MESSAGE(lines[0].ends_with(" warning failing backend=dav detail=\"401 \\\"no\\\"?\""), lines[0]);
    CHECK_MESSAGE(lines[1].ends_with(" info works-again backend=dav user=bob"), lines[1]);
}

TEST_CASE("a line of JSON has the time in UTC, and numbers as numbers") {
    const Captured captured;
    milter::daemon::use_logger(logger(Log::Format::json));
    const auto before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    calendar::delivery::AuditRow row;
    row.event = "retried";
    row.attempt = 3;
    row.uid = "17";
    milter::daemon::log_job(row);
    milter::daemon::use_logger(logger(Log::Format::text));
    milter::daemon::log_job(row);
    const auto lines = captured.lines();
    REQUIRE(lines.size() == 2);
    const auto object = nlohmann::json::parse(lines[0]);
    CHECK(object.at("attempts") == 3);
    CHECK(object.at("attempts").is_number_integer());
    CHECK(object.at("uid") == "17");
    const auto time = object.at("time").get<std::string>();
    static const std::regex rfc3339(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)");
    CHECK_MESSAGE(std::regex_match(time, rfc3339), time);
    CHECK(time >= fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", before));
    CHECK(lines[0].starts_with("{\"time\":"));
    CHECK_MESSAGE(lines[1].ends_with(" info retried uid=17 attempts=3"), lines[1]);
}
