#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calendar/delivery/state/database.h"
#include "calendar/delivery/state/schema.h"
#include "calendar/delivery/state/state.h"
#include "calendar/delivery/state/writer.h"
#include "tests/support/process.h"

using calendar::delivery::Database;
using calendar::delivery::set_up_schema;
using calendar::delivery::State;
using calendar::delivery::Writer;
namespace fs = std::filesystem;

namespace {

struct Place {
    tests::TemporaryFolder folder;
    fs::path file = folder.path() / "state of the day.db";
    std::string url = "sqlite:" + file.string();
};

unsigned mode_of(const fs::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

constexpr uid_t nobody = 65534;

/// While it lives this program has no rights over files but their owner's: root would write them all the same.
struct Reader {
    Reader() {
        if (::getuid() == 0) REQUIRE(::seteuid(nobody) == 0);
    }
    ~Reader() { [[maybe_unused]] const auto back = ::seteuid(::getuid()); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
};
void give_to_reader(const fs::path& file, unsigned mode) {
    if (::getuid() == 0) REQUIRE(::chown(file.c_str(), nobody, static_cast<gid_t>(-1)) == 0);
    fs::permissions(file, fs::perms(mode));
}

std::string why(const std::string& url) {
    try {
        const Database database(url);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "opened";
}

std::vector<std::string> texts(Database& database, std::string_view sql) {
    std::vector<std::string> all;
    database.rows(sql, {Database::Type::text}, {}, [&all](Database::Row& row) {
        all.push_back(std::get<std::string>(row[0]));
        return true;
    });
    return all;
}

long long number(Database& database, std::string_view sql) {
    long long found = -1;
    database.rows(sql, {Database::Type::integer}, {}, [&found](Database::Row& row) {
        found = std::get<long long>(row[0]);
        return true;
    });
    return found;
}

}  // namespace

TEST_CASE("the state file and its companions are for the daemon alone") {
    const Place place;
    SUBCASE("made") {}
    SUBCASE("found") {
        std::ofstream(place.file).close();
        fs::permissions(place.file, fs::perms(0644));
    }
    Database database(place.url);
    set_up_schema(database);
    CHECK(database.name() == place.file.string());
    for (const auto& each : fs::directory_iterator(place.folder.path()))
        CHECK_MESSAGE(mode_of(each) == 0600, each.path());
    CHECK(fs::exists(place.file.string() + "-wal"));
}

TEST_CASE("what cannot be a state database is refused in a sentence") {
    const Place place;
    const auto folder = place.folder.path().string();
    std::ofstream(place.folder.path() / "text.db") << std::string(4096, 'x');
    CHECK(why("postgresql://imip@db.example.org/imip") ==
          "state 'postgresql://imip@db.example.org/imip' is not valid; expected sqlite:/path/to/file");
    CHECK(why("sqlite:") == "state 'sqlite:' is not valid; expected sqlite:/path/to/file");
    CHECK(why("sqlite:" + folder + "/none/state.db") ==
          "state '" + folder + "/none/state.db': the directory " + folder + "/none does not exist");
    CHECK(why("sqlite:" + folder + "/a\" readonly=1")
              .ends_with("the path must not contain a quotation mark, a line break or a NUL"));
    CHECK(why("sqlite:" + folder + "/text.db").find("file is not a database") != std::string::npos);
    CHECK(why("sqlite:" + folder).starts_with("state '" + folder + "':"));
}

TEST_CASE("values come back as they were, and statements can be used again") {
    const Place place;
    Database database(place.url);
    database.run("CREATE TABLE t (a TEXT NOT NULL, b BIGINT NOT NULL)");
    const std::vector<std::string> all{"", "'; DROP TABLE t; --", "Übung :a \r\n", std::string(300'000, 'x')};
    for (const auto& text : all)
        CHECK(database.run("INSERT INTO t (a, b) VALUES (:a, :b)", {text, 9'000'000'000LL}) == 1);
    CHECK(texts(database, "SELECT a FROM t ORDER BY rowid") == all);
    CHECK(number(database, "SELECT MAX(b) FROM t") == 9'000'000'000LL);
    CHECK(database.run("UPDATE t SET b = :b", {1LL}) == all.size());
    CHECK(database.run("DELETE FROM t WHERE a = :a", {std::string("none")}) == 0);
}

TEST_CASE("a read that ends early does not pin an old view") {
    const Place place;
    Database writer(place.url);
    writer.run("CREATE TABLE t (a TEXT NOT NULL)");
    for (const auto* each : {"one", "two", "three"})
        writer.run("INSERT INTO t (a) VALUES (:a)", {std::string(each)});
    Database reader(place.url);
    reader.rows("SELECT a FROM t", {Database::Type::text}, {}, [](Database::Row&) { return false; });
    writer.run("INSERT INTO t (a) VALUES (:a)", {std::string("four")});
    CHECK(number(reader, "SELECT COUNT(*) FROM t") == 4);
    long long left = -1;
    writer.rows("PRAGMA wal_checkpoint(TRUNCATE)",
                {Database::Type::integer, Database::Type::integer, Database::Type::integer}, {},
                [&left](Database::Row& row) {
                    left = std::get<long long>(row[0]);
                    return true;
                });
    CHECK_MESSAGE(left == 0, "the checkpoint found a reader in its way");
}

TEST_CASE("a trouble's text holds no value out of the database") {
    const Place place;
    Database database(place.url);
    database.run("CREATE TABLE t (a TEXT PRIMARY KEY)");
    database.run("INSERT INTO t (a) VALUES (:a)", {std::string("secret")});
    try {
        database.run("INSERT INTO t (a) VALUES (:a)", {std::string("secret")});
        FAIL("stored twice");
    } catch (const std::runtime_error& error) {
        const std::string text = error.what();
        CHECK(text.find("UNIQUE constraint failed") != std::string::npos);
        CHECK(text.find("secret") == std::string::npos);
    }
}

TEST_CASE("commits wait for the disk") {
    const Place place;
    Database database(place.url);
    CHECK(number(database, "PRAGMA synchronous") == 2);  // FULL
    CHECK(texts(database, "PRAGMA journal_mode") == std::vector<std::string>{"wal"});
}

TEST_CASE("the schema is made once, and a file of any other is left as it is") {
    struct Case {
        const char* name;
        std::vector<std::string> statements;  // on a file of this schema
        std::string error;                    // FILE stands for its path
    };
    const std::string anew =
        ". To begin anew, stop imip-milter and move the file away, together with FILE-wal and FILE-shm; invitations "
        "that wait in it, held ones, and what was learned are lost";
    const std::vector<Case> cases{
        {"this one", {}, ""},
        {"a newer one",
         {"PRAGMA user_version = 7"},
         "state 'FILE' has schema 7, which a newer version wrote; this version reads schema 1: install the newer "
         "version again"},
        {"one from before the first release",
         {"PRAGMA user_version = 0", "CREATE TABLE schema_version (version BIGINT NOT NULL)",
          "INSERT INTO schema_version (version) VALUES (1)"},
         "state 'FILE' has schema 0, and this version reads schema 1" + anew},
        {"somebody else's",
         {"PRAGMA user_version = -1"},
         "state 'FILE' has schema -1, and this version reads schema 1" + anew},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const Place place;
        auto error = each.error;
        for (std::size_t at = 0; (at = error.find("FILE", at)) != std::string::npos;)
            error.replace(at, 4, place.file.string());
        {
            Database database(place.url);
            set_up_schema(database);
            for (const auto& statement : each.statements)
                database.run(statement);
        }
        const auto before = tests::read_text(place.file);
        const auto refusal = [&](const auto& open) {
            try {
                open();
            } catch (const std::runtime_error& refused) {
                return std::string(refused.what());
            }
            return std::string();
        };
        CHECK(refusal([&] { State::open_read_only(place.url); }) == error);
        CHECK(tests::read_text(place.file) == before);
        CHECK(refusal([&] { const State state(place.url); }) == error);
        if (!error.empty()) CHECK(tests::read_text(place.file) == before);
    }
}

TEST_CASE("an empty file is not a state to look at") {
    const Place place;
    std::ofstream(place.file).close();
    CHECK_THROWS_WITH_AS(State::open_read_only(place.url), doctest::Contains("has schema 0"), std::runtime_error);
    CHECK(fs::file_size(place.file) == 0);
}

namespace {

/// Every file of the folder with what changes when it is written. The bytes are not read: closing a file drops the
/// locks that SQLite holds on it in this process.
std::vector<std::string> files(const Place& place) {
    std::vector<std::string> all;
    for (const auto& each : fs::directory_iterator(place.folder.path())) {
        struct stat status {};
        REQUIRE(::stat(each.path().c_str(), &status) == 0);
        all.push_back(fmt::format("{} {} {} {}.{}", each.path().filename().string(), status.st_ino, status.st_size,
                                  status.st_mtim.tv_sec, status.st_mtim.tv_nsec));
    }
    std::sort(all.begin(), all.end());
    return all;
}

long long events(State& state) {
    return state.read([](Database& database) { return number(database, "SELECT COUNT(*) FROM known_events"); });
}

void add_event(Database& database, const std::string& uid) {
    database.run("INSERT INTO known_events (owner, uid, last) VALUES ('bob', :uid, 1)", {uid});
}

/// A process of its own that has the state open: connections of one process share their locks and the log's index. It
/// is made before this process opens the state, since a child takes over what SQLite thinks it holds.
class Daemon {
  public:
    explicit Daemon(const std::string& url) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        process_ = ::fork();
        REQUIRE(process_ >= 0);
        end_ = ends[process_ == 0 ? 1 : 0];
        ::close(ends[process_ == 0 ? 0 : 1]);
        if (process_ == 0) ::_exit(serve(url));
    }
    ~Daemon() {
        stop();
        ::close(end_);
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    void start() { ask('s'); }
    void add_event() { ask('e'); }
    void stop() {
        if (process_ < 0) return;
        ::send(end_, "q", 1, MSG_NOSIGNAL);
        ::waitpid(std::exchange(process_, -1), nullptr, 0);
    }
    void kill() {
        ::kill(process_, SIGKILL);
        ::waitpid(std::exchange(process_, -1), nullptr, 0);
    }

  private:
    int serve(const std::string& url) const {
        try {
            std::optional<State> state;
            char command = 0;
            for (int count = 0; ::read(end_, &command, 1) == 1 && command != 'q';) {
                if (command == 's') state.emplace(url);
                if (command == 'e')
                    state->writer().write([uid = fmt::format("{}.{}", ::getpid(), count++)](Database& database) {
                        ::add_event(database, uid);
                    });
                if (::send(end_, "r", 1, MSG_NOSIGNAL) != 1) return 1;
            }
            return 0;
        } catch (const std::exception&) {
            return 1;  // the other end sees no answer
        }
    }
    void ask(char command) const {
        char ready = 0;
        REQUIRE(::send(end_, &command, 1, MSG_NOSIGNAL) == 1);
        REQUIRE(::read(end_, &ready, 1) == 1);
    }

    pid_t process_ = -1;
    int end_ = -1;
};

}  // namespace

TEST_CASE("who only looks sees all that is committed, and changes nothing") {
    const Place place;
    CHECK(State::open_read_only(place.url) == nullptr);
    CHECK(files(place).empty());
    Daemon daemon(place.url), next(place.url);
    daemon.start();
    daemon.add_event();
    SUBCASE("beside a daemon, also what is committed later") {
        const auto before = files(place);
        CHECK(before.size() == 3);
        const auto looking = State::open_read_only(place.url);
        CHECK(events(*looking) == 1);
        CHECK(files(place) == before);
        daemon.add_event();
        CHECK(events(*looking) == 2);
        CHECK_THROWS_AS(looking->writer(), std::bad_optional_access);
        CHECK_THROWS_WITH_AS(looking->read([](Database& database) { add_event(database, "c"); }),
                             doctest::Contains("readonly database"), std::runtime_error);
        daemon.stop();
        CHECK(events(*looking) == 2);
    }
    SUBCASE("after a daemon has stopped, and when it starts again") {
        daemon.stop();
        const auto before = files(place);
        CHECK(before.size() == 1);
        const auto looking = State::open_read_only(place.url);
        CHECK(events(*looking) == 1);
        CHECK(files(place) == before);
        next.start();
        next.add_event();
        CHECK(events(*looking) == 2);
        next.add_event();
        CHECK(events(*looking) == 3);
    }
    SUBCASE("after a daemon was killed, and when it starts again") {
        daemon.kill();
        const auto before = files(place);
        CHECK(before.size() == 3);
        const auto looking = State::open_read_only(place.url);
        CHECK(events(*looking) == 1);
        CHECK(files(place) == before);
        next.start();
        next.add_event();
        CHECK(events(*looking) == 2);
    }
    SUBCASE("without the index of the log it says so") {
        daemon.kill();
        fs::remove(place.file.string() + "-shm");
        CHECK_THROWS_WITH_AS(State::open_read_only(place.url), doctest::Contains("start imip-milter once"),
                             std::runtime_error);
    }
    SUBCASE("a change under its reading is reported") {
        daemon.stop();
        const auto looking = State::open_read_only(place.url);
        const auto read = [&next](Database& database) {
            database.rows("SELECT uid FROM known_events", {Database::Type::text}, {}, [&next](Database::Row&) {
                next.start();
                return true;
            });
        };
        CHECK_THROWS_WITH_AS(looking->read(read), doctest::Contains("changed while it was read"), std::runtime_error);
        CHECK(events(*looking) == 1);
    }
}

TEST_CASE("a state that may only be read is refused at the start, and not when the first mail comes") {
    const Place before, place;
    {
        Writer writer(before.url);
        writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT)"); });
        fs::copy(before.folder.path(), place.folder.path());  // with the log, as a crash leaves it
    }
    for (const auto& each : fs::directory_iterator(place.folder.path()))
        give_to_reader(each, 0400);
    give_to_reader(place.folder.path(), 0500);
    {
        const Reader reader;
        CHECK_THROWS_WITH_AS(Writer(place.url), doctest::Contains("readonly database"), std::runtime_error);
    }
    for (const auto& each : fs::directory_iterator(place.folder.path()))
        give_to_reader(each, 0600);
    give_to_reader(place.folder.path(), 0700);
    const Reader reader;
    Writer(place.url).write([](Database& database) { database.run("DROP TABLE t"); });
}

TEST_CASE("nothing is written into a file that is no longer at its path") {
    const Place place;
    Writer writer(place.url);
    writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT PRIMARY KEY)"); });
    const auto away = place.folder.path() / "away.db";
    fs::rename(place.file, away);
    SUBCASE("it was removed") {}
    SUBCASE("another took its place") {
        fs::copy_file(away, place.file);
    }
    const std::string wanted =
        "state '" + place.file.string() +
        "': the file was removed or replaced while this program had it open; restart the program";
    bool worked = false;
    CHECK_THROWS_WITH_AS(writer.write([&worked](Database&) { worked = true; }), wanted.c_str(), std::runtime_error);
    CHECK_FALSE(worked);
    fs::rename(away, place.file);
    writer.write([&worked](Database&) { worked = true; });
    CHECK(worked);
}

TEST_CASE("one bad part of a group does not hurt the others") {
    const Place place;
    Writer writer(place.url);
    writer.write([](Database& database) { database.run("CREATE TABLE t (a TEXT PRIMARY KEY)"); });
    const auto insert = [&writer](const std::string& text) {
        writer.write([&text](Database& database) {
            database.run("INSERT INTO t (a) VALUES (:a)", {text});
            if (text == "bad") throw std::logic_error("a bad part");
        });
    };
    // The writer is held up until all others wait, so that they are one group.
    std::promise<void> entered, hold;
    auto held = std::async(std::launch::async, [&] {
        writer.write([&](Database&) {
            entered.set_value();
            hold.get_future().wait();
        });
    });
    entered.get_future().wait();
    std::vector<std::future<void>> parts;
    for (const auto* each : {"one", "bad", "two", "one"})
        parts.push_back(std::async(std::launch::async, [&insert, each] { insert(each); }));
    while (writer.waiting() < parts.size())
        std::this_thread::yield();
    hold.set_value();
    held.get();
    int failed = 0, broken = 0;
    for (auto& part : parts) {
        try {
            part.get();
        } catch (const std::logic_error& error) {
            CHECK(std::string(error.what()) == "a bad part");
            ++broken;
        } catch (const std::runtime_error&) {
            ++failed;  // one of the two "one"
        }
    }
    CHECK(broken == 1);
    CHECK(failed == 1);
    Database reader(place.url);
    CHECK(texts(reader, "SELECT a FROM t ORDER BY a") == std::vector<std::string>{"one", "two"});
}
