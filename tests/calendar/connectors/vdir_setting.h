#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "calendar/connectors/vdir.h"
#include "tests/calendar/connectors/contract.h"
#include "tests/support/process.h"

/// What the tests of calendars in folders share.
namespace tests {

/// A vdir below a folder of its own, in which no calendar is yet.
struct VdirSetting {
    TemporaryFolder folder;
    std::string path = (folder.path() / "calendars/{user}/default").string();  ///< as the configuration has it
    std::filesystem::path home = folder.path() / "calendars/bob/default";      ///< bob's
    calendar::connectors::Vdir vdir{calendar::connectors::VdirOptions{path}};

    /// The files in bob's calendar.
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& each : std::filesystem::directory_iterator(home))
            all.push_back(each.path().filename().string());
        std::sort(all.begin(), all.end());
        return all;
    }
    /// The file in which bob's event is found; "none".
    std::string file_of(const std::string& uid) {
        const auto found = vdir.fetch(bob, uid);
        REQUIRE_MESSAGE(found.has_value(), said(found));
        return *found ? (*found)->name : "none";
    }
    /// As if the folder had not been touched for a while, which is the usual case.
    void rest() const {
        std::filesystem::last_write_time(home, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1));
    }
};

/// A limit of this process, for as long as this lives.
class ResourceLimit {
  public:
    ResourceLimit(__rlimit_resource what, rlim_t most) : what_(what) {
        REQUIRE(::getrlimit(what, &before_) == 0);
        const struct rlimit lower { most, before_.rlim_max };
        REQUIRE(::setrlimit(what, &lower) == 0);
    }
    ~ResourceLimit() { ::setrlimit(what_, &before_); }
    ResourceLimit(const ResourceLimit&) = delete;
    ResourceLimit& operator=(const ResourceLimit&) = delete;

    /// The value of RLIMIT_NOFILE by which `more` files can still be opened.
    static rlim_t files(rlim_t more) {
        const int next = ::dup(0);
        ::close(next);
        return static_cast<rlim_t>(next) + more;
    }

  private:
    __rlimit_resource what_;
    struct rlimit before_ {};
};

}  // namespace tests
