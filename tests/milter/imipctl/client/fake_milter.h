#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/imipctl/client/wire.h"
#include "tests/support/process.h"

namespace tests {

inline std::string u32(std::uint32_t number) {
    std::string bytes;
    milter::imipctl::append_u32(bytes, number);
    return bytes;
}

inline std::string packet(char command, const std::string& data = {}) {
    return u32(static_cast<std::uint32_t>(data.size() + 1)) + command + data;
}

inline constexpr std::uint32_t no_replies = 0x000bf080;  // to all steps but the end of the header
inline constexpr std::uint32_t leading_space = 0x100000;

/// Answers one connection by rote and writes down what it received.
class FakeMilter {
  public:
    std::string negotiation = u32(6) + u32(0x1ff) + u32(no_replies | leading_space);
    std::map<char, std::string> answers;  ///< by command; a command that is not here gets no answer

    FakeMilter() : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = folder_.path() / "socket";
        REQUIRE(path.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, path.data(), path.size());
        REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener_, 1) == 0);
        socket = "unix:" + path;
    }
    ~FakeMilter() { stop(); }

    void start() {
        thread_ = std::thread([this] {
            const int fd = ::accept(listener_, nullptr, nullptr);
            for (std::string head(4, '\0'); receive(fd, head);) {
                std::string seen(milter::imipctl::Fields(head).u32(), '\0');
                if (!receive(fd, seen)) break;
                packets_.push_back(seen);
                const auto answer = seen[0] == 'O' ? packet('O', negotiation) : answers[seen[0]];
                if (!answer.empty() && ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
            }
            ::close(fd);
        });
    }

    /// All packets, after the connection has ended; those with one of `commands` only.
    std::vector<std::string> packets(std::string_view commands) {
        stop();
        std::vector<std::string> found;
        for (const auto& seen : packets_)
            if (commands.find(seen[0]) != std::string_view::npos) found.push_back(seen);
        return found;
    }

    /// The commands in their order, macros left out.
    std::string commands() {
        stop();
        std::string order;
        for (const auto& seen : packets_)
            if (seen[0] != 'D') order += seen[0];
        return order;
    }

    std::string socket;

  private:
    static bool receive(int fd, std::string& bytes) {
        for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t got = ::recv(fd, bytes.data() + at, bytes.size() - at, 0);
            if (got <= 0) return false;
            at += static_cast<std::size_t>(got);
        }
        return true;
    }

    void stop() {
        if (listener_ < 0) return;
        ::shutdown(listener_, SHUT_RDWR);
        ::close(listener_);
        listener_ = -1;
        if (thread_.joinable()) thread_.join();
    }

    TemporaryFolder folder_;
    int listener_;
    std::thread thread_;
    std::vector<std::string> packets_;
};

}  // namespace tests
