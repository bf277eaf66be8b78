#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include "tests/policy/users/sql_users.h"
#include "tests/support/process.h"

namespace {

using namespace std::chrono_literals;
using policy::users::make_sql;
using policy::users::SqlOptions;
using tests::find;
using Clock = std::chrono::steady_clock;

namespace fs = std::filesystem;

/// Everything that a URL, SOCI or libpq could stumble over.
const std::string password = R"(s3cret'; "\ =&%41?#/@:+ singlerow=true $x)";
const std::string all_of_his =
    "SELECT u.name AS user, a.address, u.preset, u.backend, u.timezone FROM users u JOIN addresses a USING (name) "
    "WHERE u.name IN (SELECT name FROM addresses WHERE lower(address) = :address) ORDER BY a.address";
const std::string bob = "bob preset=known timezone=Europe/Berlin: robert@example.com bob@example.com";

/// Debian's newest.
fs::path programs() {
    std::vector<fs::path> versions;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", missing))
        if (fs::exists(entry.path() / "bin/initdb")) versions.push_back(entry.path() / "bin");
    if (versions.empty()) throw std::runtime_error("PostgreSQL is not installed; this test needs it");
    return *std::max_element(versions.begin(), versions.end());
}

std::vector<pid_t> children_of(pid_t parent) {
    const auto id = std::to_string(parent);
    std::ifstream in("/proc/" + id + "/task/" + id + "/children");
    return {std::istream_iterator<pid_t>(in), {}};
}

class Postgres {
  public:
    Postgres() {
        if (::geteuid() == 0) {
            const auto* user = ::getpwnam("postgres");
            if (user == nullptr) throw std::runtime_error("PostgreSQL is not installed; this test needs it");
            REQUIRE(::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) == 0);
        }
        tests::write_text(folder_.path() / "password", password + "\n");
        fs::permissions(folder_.path() / "password", fs::perms::others_read, fs::perm_options::add);
        tests::Process initdb(
            command("initdb", {"-D", data(), "-A", "scram-sha-256", "-U", "milter", "-E", "UTF8", "--locale=C.UTF-8",
                               "--no-sync", "--pwfile", (folder_.path() / "password").string()}),
            log());
        if (initdb.wait() != 0) throw std::runtime_error("initdb failed: " + tests::read_text(log()));
        server_ = tests::start_server([this](std::uint16_t port) { return server_command(port); }, log());
        tell(
            "CREATE TABLE users (name text, preset varchar(20), backend text, timezone text, number int);"
            "CREATE TABLE addresses (name text, address text);"
            "INSERT INTO users VALUES ('bob', 'known', NULL, 'Europe/Berlin', 1), ('alice', NULL, '', NULL, 2);"
            "INSERT INTO addresses VALUES ('bob', 'Robert@Example.com'), ('bob', 'bob@example.com'), "
            "('alice', 'alice@example.com'), ('alice', 'sales@example.com');"
            "CREATE FUNCTION forget(text) RETURNS text LANGUAGE sql AS $$ DELETE FROM addresses RETURNING address $$;"
            "CREATE FUNCTION warn(text) RETURNS text LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE WARNING 'asked for %', $1; RETURN $1; END $$");
    }
    ~Postgres() { stop(); }

    SqlOptions options(const std::string& query = all_of_his) const {
        SqlOptions options;
        options.database = "postgresql://milter@127.0.0.1:" + std::to_string(server_.port) + "/postgres";
        options.password_file = folder_.path() / "password";
        options.query = policy::users::read_sql_query(query).value();
        options.timeout = 30s;
        return options;
    }
    std::string error(const std::string& sentence) const { return "error: " + options().database + ": " + sentence; }
    const fs::path& folder() const { return folder_.path(); }

    /// With psql, once the server is ready.
    void tell(const std::string& statement) {
        const auto url = "host=127.0.0.1 port=" + std::to_string(server_.port) + " user=milter dbname=postgres";
        const auto passwords = folder_.path() / "pgpass";
        std::string escaped;
        for (const char c : password)
            escaped += (c == ':' || c == '\\') ? std::string("\\") + c : std::string(1, c);
        tests::write_text(passwords, "*:*:*:*:" + escaped + "\n");
        fs::permissions(passwords, fs::perms::owner_read | fs::perms::owner_write);
        const std::vector<std::string> psql{
            (programs() / "psql").string(),          "-qX", "-v",     "ON_ERROR_STOP=1", "-d",
            url + " passfile=" + passwords.string(), "-c",  statement};
        for (const auto end = Clock::now() + 20s;; std::this_thread::sleep_for(20ms)) {
            const int status = tests::Process(psql, log()).wait();
            if (status == 0) return;
            // 2: it is not ready yet.
            if (status != 2 || Clock::now() > end) throw std::runtime_error("psql: " + tests::read_text(log()));
        }
    }

    /// The server and all it has made, as a machine that hangs; what the kernel does for it goes on.
    void signal(int number) {
        auto all = children_of(server_.process->id());
        all.push_back(server_.process->id());
        for (const pid_t each : all)
            ::kill(each, number);
    }
    void stop() {
        signal(SIGCONT);
        ::kill(server_.process->id(), SIGINT);
        server_.process->wait();
    }
    void start_again() {
        server_.process = std::make_unique<tests::Process>(server_command(server_.port), log());
        tell("SELECT 1");
    }

  private:
    std::string data() const { return (folder_.path() / "data").string(); }
    fs::path log() const { return folder_.path() / "log"; }

    std::vector<std::string> server_command(std::uint16_t port) const {
        return command("postgres", {"-D", data(), "-p", std::to_string(port), "-c", "listen_addresses=127.0.0.1", "-c",
                                    "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=20"});
    }
    /// It never runs as root.
    static std::vector<std::string> command(const std::string& program, const std::vector<std::string>& arguments) {
        std::vector<std::string> all;
        if (::geteuid() == 0)
            all = {"/usr/bin/setpriv", "--reuid=postgres",    "--regid=postgres",
                   "--init-groups",    "--pdeathsig=SIGKILL", "--"};
        all.push_back((programs() / program).string());
        all.insert(all.end(), arguments.begin(), arguments.end());
        return all;
    }

    tests::TemporaryFolder folder_;
    tests::Server server_;
};

/// What this program says on standard error, into a file meanwhile.
class Overheard {
  public:
    explicit Overheard(const fs::path& file) : before_(::dup(STDERR_FILENO)) {
        const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        REQUIRE(::dup2(fd, STDERR_FILENO) == STDERR_FILENO);
        ::close(fd);
    }
    ~Overheard() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
    }

  private:
    int before_;
};

/// What was found, and whether waiting for it ended with its time.
std::string find_in_time(policy::users::UserSource& users, const std::string& address,
                         std::chrono::milliseconds patience) {
    const auto begin = Clock::now();
    auto said = find(users, address, patience);
    // libpq's own shortest wait is two seconds.
    CHECK(Clock::now() - begin < patience + 1s);
    return said;
}

}  // namespace

TEST_SUITE("servers") {
    TEST_CASE("users out of PostgreSQL") {
        Postgres server;
        struct Row {
            const char* sentence;
            std::string query;
            const char* address;
            std::string want;
        };
        const Row rows[] = {
            {"by his address", all_of_his, "bob@example.com", bob},
            {"by his other address", all_of_his, "Robert@example.com", bob},
            {"NULL is as nothing", all_of_his, "sales@example.com", "alice: alice@example.com sales@example.com"},
            {"nobody", all_of_his, "carol@example.com", "nobody"},
            {"by the halves, each more than once, with casts and comments",
             "SELECT name AS \"user\", /* the user's: */ :address AS address -- twice: :x '\n"
             "FROM users WHERE name = :local::text AND :local || '@' || :domain::varchar = :address AND '12:30' <> "
             ":domain;",
             "bob@example.com", "bob: bob@example.com"},
            {"quotes and statements are only text", all_of_his, "x'/**/or/**/'1'='1'--@example.com", "nobody"},
            {"so are those that would drop a table", all_of_his, "'$$DROP/**/TABLE/**/addresses--@example.com",
             "nobody"},
            {"the table is still there", all_of_his, "bob@example.com", bob},
            {"several users", "SELECT name AS user, address FROM addresses WHERE :address <> ''", "x@example.com",
             "bob: robert@example.com bob@example.com; alice: alice@example.com sales@example.com"},
            {"too many rows, without end",
             "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'bob' AS user, x || "
             ":address::text AS address FROM n",
             "x@example.com", server.error("more than 5000 rows for one address")},
            {"a column that is no text", "SELECT number AS user, :address AS address FROM users", "x@example.com",
             server.error("column 'user' is not text; cast it to text")},
            {"a mistake in the query", "SELECT nobody FROM users WHERE name = :local", "x@example.com",
             server.error("Cannot execute query. Fatal error. ERROR:  column \"nobody\" does not exist")},
            {"an error about a value does not show it", "SELECT name FROM users WHERE number = :local::int",
             "secret@example.com", server.error("SQLSTATE 22P02")},
            {"nothing is changed", "SELECT forget(:local) AS user, '' AS address", "x@example.com",
             server.error("Cannot execute query. Fatal error. ERROR:  cannot execute DELETE in a read-only "
                          "transaction")},
            {"and nothing was", all_of_his, "bob@example.com", bob},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.sentence));
            CHECK(find(*make_sql(server.options(row.query)), row.address) == row.want);
        }

        {
            const Overheard overheard(server.folder() / "stderr");
            CHECK(find(*make_sql(server.options("SELECT warn(:local) AS user, '' AS address")), "x@example.com") ==
                  "x:");
        }
        CHECK(tests::read_text(server.folder() / "stderr") == "");

        auto wrong = server.options();
        wrong.password_file = server.folder() / "wrong";
        tests::write_text(*wrong.password_file, "Wr0ng Pass\n");
        const auto said = find(*make_sql(wrong), "bob@example.com");
        INFO(said);
        CHECK(said.find("password authentication failed for user \"milter\"") != std::string::npos);
        CHECK(said.find("Wr0ng") == std::string::npos);

        auto slow = server.options("SELECT 'bob' AS user, '' AS address FROM pg_sleep(60) WHERE :local <> ''");
        slow.timeout = 300ms;
        const auto users = make_sql(slow);
        const auto late = find_in_time(*users, "bob@example.com", 30s);
        // Whoever is faster, the server or we.
        CHECK((late == server.error("no reply in time") ||
               late == server.error("Cannot execute query. Fatal error. ERROR:  canceling statement due to statement "
                                    "timeout")));
    }

    TEST_CASE("PostgreSQL hangs: nobody waits longer than he wants to, and it is asked again when it goes on") {
        Postgres server;
        const auto known = make_sql(server.options());
        const auto fresh = make_sql(server.options());
        auto short_options = server.options();
        short_options.timeout = 200ms;
        const auto impatient = make_sql(short_options);
        REQUIRE(find(*known, "bob@example.com") == bob);

        server.signal(SIGSTOP);
        CHECK(find_in_time(*fresh, "bob@example.com", 300ms) == server.error("no reply in time"));
        for (int connection = 0; connection < 4; ++connection)
            CHECK(find_in_time(*known, "bob@example.com", 100ms) == server.error("no reply in time"));
        CHECK(find_in_time(*known, "bob@example.com", 100ms) == server.error("all connections were busy"));
        CHECK(find_in_time(*impatient, "bob@example.com", 10s) == server.error("no reply in time"));
        CHECK(find_in_time(*impatient, "bob@example.com", 10s) ==
              server.error("no reply in time (not asked again for some seconds)"));

        server.signal(SIGCONT);
        CHECK(find(*known, "bob@example.com") == bob);
        CHECK(find(*fresh, "alice@example.com") == "alice: alice@example.com sales@example.com");
    }

    TEST_CASE("PostgreSQL hangs for good: what waits for it outlives whoever asked") {
        Postgres server;
        server.signal(SIGSTOP);
        auto users = make_sql(server.options());
        CHECK(find_in_time(*users, "bob@example.com", 100ms) == server.error("no reply in time"));
        const auto begin = Clock::now();
        users.reset();
        CHECK(Clock::now() - begin < 1s);
    }

    TEST_CASE("PostgreSQL is restarted: the next question finds it") {
        Postgres server;
        const auto users = make_sql(server.options());
        const auto later = make_sql(server.options());
        REQUIRE(find(*users, "bob@example.com") == bob);
        server.stop();
        const auto down = find(*later, "bob@example.com");
        INFO(down);
        CHECK(down.find("Connection refused") != std::string::npos);
        server.start_again();
        CHECK(find(*users, "bob@example.com") == bob);
        CHECK(find(*later, "bob@example.com").ends_with(" (not asked again for some seconds)"));
    }
}
