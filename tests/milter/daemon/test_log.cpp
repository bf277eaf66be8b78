#include <atomic>
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
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "milter/daemon/log.h"

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
    return object.is_object() && object.value("level", "") == "warning" && object.contains("n") ? "json"
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
