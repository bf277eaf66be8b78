#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calendar/delivery/state/state.h"
#include "tests/calendar/delivery/state/place.h"

using calendar::delivery::Database;
using calendar::delivery::State;
using tests::number;
using tests::Place;
namespace fs = std::filesystem;

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
