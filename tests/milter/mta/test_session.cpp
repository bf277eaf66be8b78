#include <filesystem>

#include <doctest/doctest.h>
#include <stdlib.h>

#include "calendar/delivery/state/state.h"
#include "milter/mta/session.h"
#include "policy/memory/memory.h"

using milter::mta::Reply;
using milter::mta::Session;

namespace {

policy::config::Config config_with_limit(std::size_t message) {
    policy::config::Config config;
    config.authserv_id = "mx.example.com";
    config.authentication.dkim.verify = false;
    config.limits.message = message;
    return config;
}

/// What the session hands on at end of message.
struct Seen {
    milter::mail::Envelope envelope;
    std::string message;
    milter::mail::Extent extent = milter::mail::Extent::whole;
    int times = 0;
};

/// A folder of its own.
class Folder {
  public:
    Folder() : path_(mkdtemp((std::filesystem::temp_directory_path() / "session.XXXXXX").string().data())) {}
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

struct Fixture {
    explicit Fixture(std::size_t limit = 1000) : Fixture(config_with_limit(limit)) {}
    explicit Fixture(policy::config::Config config)
        : snapshot(std::make_shared<const milter::daemon::Snapshot>(std::move(config), &memory)),
          service{[this] { return snapshot; },
                  [this](const milter::daemon::SharedSnapshot&, const milter::mail::Mail& mail,
                         calendar::base::Deadline until) {
                      seen = {mail.envelope, std::string(mail.bytes), mail.extent, seen.times + 1};
                      deadline = until;
                      fields = mail.header.fields().size();
                      Reply answer;
                      answer.field = "x; outcome=ignored";
                      return answer;
                  },
                  [this](const milter::daemon::SharedSnapshot&, const milter::mail::Mail& mail) {
                      passed = {mail.envelope, std::string(mail.bytes), mail.extent, passed.times + 1};
                  }},
          session(service) {
        session.set_leading_space(milter::mta::LeadingSpace::kept);
    }
    Folder folder;
    calendar::delivery::State state{"sqlite:" + (folder.path() / "state.db").native()};
    policy::memory::Memory memory{state};
    milter::daemon::SharedSnapshot snapshot;
    Seen seen, passed;
    calendar::base::Deadline deadline{};
    std::size_t fields = 0;
    milter::mta::Service service;
    Session session;
};

}  // namespace

TEST_CASE("a mail that cannot hold a calendar is done at the end of its header") {
    Fixture f;
    f.session.mail_from("<carol@example.org>");
    f.session.recipient("<bob@example.com>");
    f.session.header("Content-Type", " text/plain");
    CHECK(f.session.end_of_header("") == Session::Next::done);
    CHECK(f.seen.times == 0);
}

TEST_CASE("any of several Content-Type fields is enough, since parsers differ on which one counts") {
    for (const auto& [first, second] :
         {std::pair{" text/plain", " multipart/mixed"}, std::pair{" multipart/mixed", " text/plain"}}) {
        CAPTURE(first);
        Fixture f;
        f.session.mail_from("<>");
        f.session.header("Content-Type", first);
        f.session.header("content-type", second);
        CHECK(f.session.end_of_header("") == Session::Next::body);
    }
}

TEST_CASE("with a forged field it goes on to its end, without its body, only to remove that") {
    Fixture f;
    f.session.mail_from("<>");
    f.session.header("calendar-processing", " x; outcome=added");
    f.session.header("Content-Type", " text/plain");
    CHECK(f.session.end_of_header("") == Session::Next::close);
    f.session.body("text");
    CHECK(f.session.end_of_message("Q1", "").field.empty());
    CHECK(f.session.forged() == 1);
    CHECK(f.seen.times == 0);
}

TEST_CASE("more forged fields than the limit are refused at the end of the header, whatever else the mail is") {
    struct Row {
        const char* sentence;
        std::size_t fields;
        const char* content_type;
        Session::Next want;
    };
    const Row rows[] = {
        {"as many as allowed, no calendar", 3, " text/plain", Session::Next::close},
        {"one more", 4, " text/plain", Session::Next::refuse},
        {"as many as allowed, perhaps a calendar", 3, " text/calendar", Session::Next::body},
        {"one more there", 4, " text/calendar", Session::Next::refuse},
        {"very many", 20'000, " text/calendar", Session::Next::refuse},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        auto config = config_with_limit(1000);
        config.limits.forged_fields = 3;
        Fixture f(std::move(config));
        f.session.mail_from("<carol@example.org>");
        f.session.header("Content-Type", row.content_type);
        for (std::size_t i = 0; i < row.fields; ++i)
            f.session.header("Calendar-processing", " x");
        const bool as_wanted = f.session.end_of_header("bob") == row.want;
        CHECK(as_wanted);
        if (row.want != Session::Next::refuse) continue;
        CHECK((f.session.refusal().verdict == Reply::Verdict::reject));
        CHECK(f.session.refusal().smtp.code == "550");
        CHECK(f.session.refusal().smtp.status == "5.6.0");
        CHECK_MESSAGE(f.passed.times == 0, "nobody learns from it");
    }
}

TEST_CASE("Authentication-Results are whoever's they are: none is removed") {
    Fixture f;
    f.session.mail_from("<carol@example.org>");
    f.session.header("Subject", " x");
    f.session.header("Authentication-Results", " mx.example.com; dmarc=pass header.from=example.org");
    CHECK((f.session.end_of_header("") == Session::Next::done));
}

TEST_CASE("all messages on their way share one budget, over all connections") {
    const std::string header = "Content-Type: text/calendar\r\n\r\n";
    for (const std::size_t over : {0U, 1U}) {
        CAPTURE(over);
        auto config = config_with_limit(1000);
        config.limits.in_transit = 2 * header.size() + 100;
        Fixture f(std::move(config));
        Session other(f.service);
        other.set_leading_space(milter::mta::LeadingSpace::kept);
        for (Session* session : {&f.session, &other}) {
            session->mail_from("<carol@example.org>");
            session->header("Content-Type", " text/calendar");
            REQUIRE((session->end_of_header("") == Session::Next::body));
        }
        other.body(std::string(60, 'x'));
        f.session.body(std::string(40 + over, 'x'));
        const auto answer = f.session.end_of_message("Q1", "");
        CHECK((answer.verdict == (over == 0 ? Reply::Verdict::deliver : Reply::Verdict::reject)));
        CHECK(answer.smtp.code == (over == 0 ? "" : "451"));
        CHECK(f.seen.times == (over == 0 ? 1 : 0));

        // What is over gives back what it took.
        f.session.reset();
        CHECK(f.service.budget->used() == header.size() + 60);
        other.end_of_message("Q2", "");
        CHECK_MESSAGE(f.seen.envelope.queue_id == "Q2", "the one that was there first is judged");
        other.reset();
        CHECK(f.service.budget->used() == 0);
    }
}

TEST_CASE("without room for its header, a mail that may hold a calendar is put off and any other goes by") {
    auto config = config_with_limit(1000);
    config.limits.in_transit = 10;
    Fixture f(std::move(config));
    f.session.mail_from("<bob@example.com>");
    f.session.header("Content-Type", " text/calendar");
    CHECK((f.session.end_of_header("") == Session::Next::refuse));
    CHECK(f.session.refusal().smtp.code == "451");
    f.session.mail_from("<bob@example.com>");
    f.session.header("Content-Type", " text/plain");
    CHECK((f.session.end_of_header("bob") == Session::Next::done));
    CHECK_MESSAGE(f.passed.times == 0, "nobody learns from half of it");
}

TEST_CASE("a large message is handed on whole") {
    const std::size_t mib = 1024 * 1024;
    Fixture f(4 * mib);
    f.session.header("Content-Type", " text/calendar");
    f.session.end_of_header("");
    std::string want = "Content-Type: text/calendar\r\n\r\n";
    for (const char c : {'a', 'b', 'c', 'd', 'e'}) {
        f.session.body(std::string(mib / 2, c));
        want += std::string(mib / 2, c);
    }
    f.session.end_of_message("Q1", "");
    const bool same = f.seen.message == want;
    CHECK(same);
}

TEST_CASE("a mail that goes by is shown to whoever learns, with its envelope and header") {
    Fixture f;
    f.session.connect("192.0.2.7");
    f.session.mail_from("<bob@example.com>");
    f.session.recipient("<carol@example.org>");
    f.session.header("From", " bob@example.com");
    f.session.end_of_header("bob");
    CHECK(f.passed.times == 1);
    CHECK(f.passed.message == "From: bob@example.com\r\n");
    CHECK(f.passed.envelope.auth_login == "bob");
    CHECK(f.passed.envelope.client_ip == "192.0.2.7");
    CHECK(f.passed.envelope.recipients == std::vector<std::string>{"carol@example.org"});
    f.session.reset();
    f.session.header("Content-Type", " text/calendar");
    f.session.end_of_header("bob");
    CHECK(f.passed.times == 1);
    f.session.reset();
    f.session.header("From", " bob@example.com");
    f.session.end_of_header("");
    CHECK_MESSAGE(f.passed.times == 1, "nobody logged in");
}

TEST_CASE("the mail is handed on as it was received, with its envelope") {
    Fixture f;
    f.session.connect("192.0.2.7");
    f.session.mail_from("<carol@example.org>");
    f.session.recipient("<bob@example.com>");
    f.session.recipient("alice@example.com");  // local submission through Postfix has no brackets
    f.session.header("Subject", "  two\n lines");
    f.session.header("Content-Type", " multipart/mixed;\n\tboundary=b");
    CHECK(f.session.end_of_header("") == Session::Next::body);
    f.session.body("one");
    f.session.body("two");
    CHECK(f.session.end_of_message("Q1", "carol").field == "x; outcome=ignored");
    CHECK(f.seen.message == "Subject:  two\r\n lines\r\nContent-Type: multipart/mixed;\r\n\tboundary=b\r\n\r\nonetwo");
    CHECK(f.seen.envelope.from == "carol@example.org");
    CHECK(f.seen.envelope.recipients == std::vector<std::string>{"bob@example.com", "alice@example.com"});
    CHECK(f.seen.envelope.queue_id == "Q1");
    CHECK(f.seen.envelope.auth_login == "carol");
    CHECK(f.seen.envelope.client_ip == "192.0.2.7");
    CHECK(f.seen.extent == milter::mail::Extent::whole);
}

TEST_CASE("one deadline is made for the answer, and the header is handed on as fields") {
    Fixture f;
    f.session.header("From", " carol@example.org");
    f.session.header("Content-Type", " multipart/mixed;\n\tboundary=b");
    f.session.end_of_header("");
    const auto before = std::chrono::steady_clock::now();
    f.session.end_of_message("Q1", "");
    const auto time = f.snapshot->config.limits.end_of_message;
    CHECK(f.deadline >= before + time);
    CHECK(f.deadline <= std::chrono::steady_clock::now() + time);
    CHECK(f.fields == 2);
}

TEST_CASE("an MTA that eats the space in front of header values gets it back for the signature") {
    Fixture f;
    f.session.set_leading_space(milter::mta::LeadingSpace::removed);
    f.session.header("Content-Type", "multipart/mixed");
    f.session.end_of_header("");
    f.session.end_of_message("", "");
    CHECK(f.seen.message == "Content-Type: multipart/mixed\r\n\r\n");
}

TEST_CASE("a body up to the limit is taken, one byte more is cut and said to be") {
    const std::string header = "Content-Type: text/calendar\r\n\r\n";
    for (const std::size_t over : {0U, 1U}) {
        CAPTURE(over);
        Fixture f(header.size() + 10);
        f.session.header("Content-Type", " text/calendar");
        f.session.end_of_header("");
        f.session.body(std::string(10 + over, 'x'));
        f.session.end_of_message("", "");
        CHECK((f.seen.extent == milter::mail::Extent::cut) == (over == 1));
    }
}

TEST_CASE("one mail leaves nothing to the next on the same connection") {
    Fixture f;
    f.session.connect("192.0.2.7");
    f.session.mail_from("<carol@example.org>");
    f.session.recipient("<bob@example.com>");
    f.session.header("Calendar-Processing", " x");
    f.session.header("Content-Type", " text/calendar");
    f.session.end_of_header("");
    f.session.body("first");
    f.session.reset();
    f.session.mail_from("<dave@example.org>");
    f.session.recipient("<erin@example.com>");
    f.session.header("Content-Type", " text/calendar");
    f.session.end_of_header("");
    f.session.body("second");
    f.session.end_of_message("Q2", "");
    CHECK(f.session.forged() == 0);
    CHECK(f.seen.message == "Content-Type: text/calendar\r\n\r\nsecond");
    CHECK(f.seen.envelope.recipients == std::vector<std::string>{"erin@example.com"});
    CHECK(f.seen.envelope.client_ip == "192.0.2.7");
}
