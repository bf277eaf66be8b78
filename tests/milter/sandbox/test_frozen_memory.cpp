#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/sandbox/frozen_memory.h"
#include "milter/sandbox/seccomp.h"

namespace {

std::array<char, 100'000> written_table{};
const std::array<const char*, 2> relocated_table{"one", "two"};

/// What is mapped at this address, as the kernel names it.
std::string mapping_at(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t first = 0, end = 0;
        int name = 0;
        if (std::sscanf(line.c_str(), "%zx-%zx %*s %*s %*s %*s %n", &first, &end, &name) == 2 && first <= wanted &&
            wanted < end)
            return line.substr(static_cast<std::size_t>(name));
    }
    return "nothing";
}

/// Of this process once its memory is frozen, as lines.
std::string said_when_frozen() {
    std::vector<std::string> small(1000, std::string(100, 's'));
    std::string large(10'000'000, 'l');
    written_table.fill('t');
    milter::sandbox::freeze_memory();
    std::string said;
    const auto say = [&said](const std::string& what, bool is_so) { said += what + (is_so ? ": yes\n" : ": no\n"); };
    say("small blocks as they were", small == std::vector<std::string>(1000, std::string(100, 's')));
    say("large blocks as they were", large == std::string(10'000'000, 'l'));
    say("tables as they were", written_table.back() == 't' && std::string(relocated_table[1]) == "two");
    for (const void* place : {static_cast<const void*>(small.back().data()), static_cast<const void*>(large.data()),
                              static_cast<const void*>(&written_table[5000])})
        say("in the file", mapping_at(place) == "/memfd:imip-memory (deleted)");
    say("the stack is not", mapping_at(&said) == "[stack]");
    small.assign(5000, std::string(200, 'n'));  // more than there was
    const pid_t child = ::fork();
    if (child == 0) {
        large.assign(large.size(), 'c');
        written_table.fill('c');
        ::_exit(large.back() == 'c' && small.back().back() == 'n' ? 7 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    say("a child has its own", WIFEXITED(status) && WEXITSTATUS(status) == 7);
    say("and changes nothing here", large.back() == 'l' && written_table.back() == 't');
    return said;
}

}  // namespace

// Not with sanitizers: their shadow memory would be frozen too; nor does the forker do it.
TEST_CASE("frozen memory is as it was, in a file that children share until they write" *
          doctest::skip(milter::sandbox::sanitized)) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto said = said_when_frozen();
        ::_exit(::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said;
    std::array<char, 1000> bytes{};
    for (ssize_t count = 0; (count = ::read(ends[0], bytes.data(), bytes.size())) > 0;)
        said.append(bytes.data(), static_cast<std::size_t>(count));
    ::close(ends[0]);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(said ==
          "small blocks as they were: yes\nlarge blocks as they were: yes\ntables as they were: yes\n"
          "in the file: yes\nin the file: yes\nin the file: yes\nthe stack is not: yes\n"
          "a child has its own: yes\nand changes nothing here: yes\n");
}
