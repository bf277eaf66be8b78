#include <array>
#include <fstream>
#include <iterator>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/daemon/log.h"
#include "milter/mta/callbacks.h"
#include "tests/milter/mta/socket_mta.h"
#include "tests/support/process.h"

/// What libmilter complains of to the system's log goes to standard error, which is the milter's log here.
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): glibc's name for a checked syslog()
extern "C" void __syslog_chk(int, int, const char*, ...) {
    constexpr std::string_view line = "libmilter complains\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

using tests::Mta;

namespace {

constexpr std::size_t message_limit = 100'000;

/// Longer than a line.
const std::string field = "mx.example.com; outcome=ignored; method=REQUEST; uid=\"planning-1@example.org\"";

enum class OnError { accept, tempfail };
/// What throws, as if there was no memory: nothing, or one time asking for the snapshot or judging.
enum class Fails { nothing, snapshot_once, judging_once };

/// A milter in a process of its own, which holds every mail that it sees whole and lets go what was cut.
class Milter {
  public:
    explicit Milter(Fails fails = Fails::nothing, OnError on_error = OnError::accept)
        : fails_(fails), on_error_(on_error) {
        std::array<int, 2> ready{};
        REQUIRE(pipe(ready.data()) == 0);
        process_ = fork();
        REQUIRE(process_ >= 0);
        if (process_ == 0) serve(ready[1]);
        close(ready[1]);
        char byte = 0;
        const auto count = read(ready[0], &byte, 1);
        close(ready[0]);
        REQUIRE(count == 1);
    }
    Milter(const Milter&) = delete;
    Milter& operator=(const Milter&) = delete;
    ~Milter() {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }

    std::string socket() const { return (folder_.path() / "socket").native(); }
    /// How many lines of the log say this.
    int logged(const std::string& words) const {
        std::ifstream file(folder_.path() / "log");
        int count = 0;
        for (std::string line; std::getline(file, line);)
            if (line.find(words) != std::string::npos) ++count;
        return count;
    }

  private:
    [[noreturn]] void serve(int ready) const noexcept {
        const int log_file = open((folder_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        dup2(log_file, STDERR_FILENO);
        policy::config::Log options;
        options.to = policy::config::Log::To::standard_error;
        milter::daemon::use_logger(std::make_shared<const milter::daemon::Logger>(options));
        policy::config::Config config;
        config.authserv_id = "mx.example.com";
        config.authentication.dkim.verify = false;
        config.limits.message = message_limit;
        config.limits.forged_fields = 2;
        config.tempfail_on_error = on_error_ == OnError::tempfail;
        const auto snapshot = std::make_shared<const milter::daemon::Snapshot>(std::move(config));
        const milter::mta::Service service{
            [&, fails = fails_ == Fails::snapshot_once]() mutable {
                if (std::exchange(fails, false)) throw std::bad_alloc();
                return snapshot;
            },
            [fails = fails_ == Fails::judging_once](const milter::daemon::SharedSnapshot&,
                                                    const milter::mail::Mail& mail, calendar::base::Deadline) mutable {
                if (std::exchange(fails, false)) throw std::bad_alloc();
                milter::mta::Reply answer;
                if (mail.extent == milter::mail::Extent::cut) return answer;
                answer.verdict = milter::mta::Reply::Verdict::quarantine;
                answer.quarantine_reason = "calendar";
                answer.field = field;
                return answer;
            },
            [](const milter::daemon::SharedSnapshot&, const milter::mail::Mail&) {}};
        milter::mta::open_milter("unix:" + socket(), 0600, service);
        if (write(ready, "r", 1) == 1) milter::mta::serve_milter();
        _exit(0);
    }

    const Fails fails_;
    const OnError on_error_;
    tests::TemporaryFolder folder_;
    pid_t process_ = -1;
};

constexpr unsigned long all_actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE;
constexpr unsigned long all_steps = 0x1fffff;

}  // namespace

TEST_CASE("a body is answered as was agreed, whatever is wanted of it") {
    const Milter milter;
    struct Row {
        std::string sentence;
        std::vector<std::pair<std::string, std::string>> fields;
        unsigned long steps;
        std::string want;  ///< answers to three chunks of 60,000 bytes, and to the end
    };
    const Row rows[] = {
        {"a mail over the limit", {{"Content-Type", "text/calendar"}}, all_steps, ", a"},
        {"a mail that goes on only for a forged field", {{"Calendar-Processing", "x"}}, all_steps, ", ma"},
        {"an MTA that waits for answers", {{"Content-Type", "text/calendar"}}, all_steps & ~SMFIP_NR_BODY, "ccc, a"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        Mta mta(milter.socket(), all_actions, row.steps);
        CHECK(mta.header(row.fields) == "c");
        std::string got;
        for (int i = 0; i < 3; ++i)
            got += mta.body(60'000);
        CHECK(got + ", " + mta.end() == row.want);
    }
    CHECK(milter.logged("libmilter complains") == 0);
    CHECK_MESSAGE(milter.logged("not-read reason=too_large") == 2, "what lies behind the limit leaves a trace");
}

TEST_CASE("the header field is folded, and its leading space is the MTA's or ours") {
    const Milter milter;
    for (const auto& [steps, space] :
         {std::pair(all_steps, " "), std::pair(all_steps & ~static_cast<unsigned long>(SMFIP_HDR_LEADSPC), "")}) {
        Mta mta(milter.socket(), all_actions, steps);
        mta.header({{"Content-Type", "text/calendar"}});
        mta.body(10);
        CHECK(mta.end() == "iqa");
        CHECK(mta.inserted() ==
              std::string("Calendar-Processing") + '\0' + space +
                  "mx.example.com; outcome=ignored; method=REQUEST;\n uid=\"planning-1@example.org\"" + '\0');
    }
}

TEST_CASE("what an MTA does not let us do is said once a mail") {
    const Milter milter;
    const std::vector<std::pair<std::string, std::string>> fields{
        {"Calendar-Processing", "x"}, {"Calendar-Processing", "y"}, {"Content-Type", "text/calendar"}};
    const auto play = [&](unsigned long actions) {
        Mta mta(milter.socket(), actions, all_steps);
        mta.header(fields);
        mta.body(10);
        return mta.end();
    };
    CHECK(play(all_actions) == "mmiqa");
    CHECK(milter.logged(" warning ") == 0);
    CHECK(play(all_actions & ~SMFIF_QUARANTINE) == "mmia");
    CHECK(milter.logged("no-quarantine") == 1);
    CHECK(play(all_actions & ~SMFIF_CHGHDRS) == "iqa");
    CHECK(milter.logged("forged-field-stays") == 1);
    CHECK(play(all_actions & ~SMFIF_ADDHDRS) == "mmqa");
    CHECK(milter.logged("no-header-field") == 1);
}

TEST_CASE("when a callback fails the message is answered by on_error, and the next one is judged as ever") {
    using Fields = std::vector<std::pair<std::string, std::string>>;
    const Fields calendar{{"From", "carol@example.org"}, {"Content-Type", "text/calendar"}};
    struct Row {
        std::string sentence;
        Fails fails;
        OnError on_error;
        Fields fields;
        std::string want;  ///< answers to the header, to the end when it comes to that, and to both of the next message
    };
    const Row rows[] = {
        {"in a callback without an answer, accept", Fails::snapshot_once, OnError::accept, calendar, "a, cq"},
        {"in a callback without an answer, tempfail", Fails::snapshot_once, OnError::tempfail, calendar, "t, cq"},
        {"at the end of the header, accept", Fails::snapshot_once, OnError::accept, {}, "a, cq"},
        {"at the end of the header, tempfail", Fails::snapshot_once, OnError::tempfail, {}, "t, cq"},
        {"at the end of the message, tempfail", Fails::judging_once, OnError::tempfail, calendar, "ct, cq"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        const Milter milter(row.fails, row.on_error);
        Mta mta(milter.socket(), SMFIF_QUARANTINE, all_steps);
        std::string got = mta.header(row.fields);
        if (got == "c") got += mta.end();
        got += ", " + mta.header(calendar);
        got += mta.end().front();
        CHECK(got == row.want);
        CHECK(milter.logged(" error callback-failed ") == 1);
        CHECK(milter.logged("libmilter complains") == 0);
    }
}

TEST_CASE("too many forged fields are answered at the end of the header, and the connection goes on") {
    const Milter milter;
    Mta mta(milter.socket(), all_actions, all_steps);
    const std::vector<std::pair<std::string, std::string>> three(3, {"Calendar-Processing", "x"});
    CHECK(mta.header(three) == std::string("y550 5.6.0 Too many Calendar-Processing header fields\0", 54));
    CHECK(mta.header({{"Subject", "x"}}) == "a");
    CHECK(milter.logged("forged_fields") == 1);
}
