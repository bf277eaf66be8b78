#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <libmilter/mfapi.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tests {

/// A number as the protocol of milters has it.
inline std::string number(std::uint32_t value) {
    value = htonl(value);
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// An MTA that can do `actions` and knows `steps`; both of SMFIF_ and SMFIP_.
class Mta {
  public:
    Mta(const std::string& socket, unsigned long actions, unsigned long steps)
        : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        send('O', number(6) + number(static_cast<std::uint32_t>(actions)) + number(static_cast<std::uint32_t>(steps)));
        const auto granted = get();
        REQUIRE(granted.size() >= 13);
        std::uint32_t asked = 0;
        std::copy_n(granted.begin() + 9, sizeof asked, reinterpret_cast<char*>(&asked));
        steps_ = ntohl(asked);
        send('C', std::string("localhost\0U", 11));
    }
    Mta(const Mta&) = delete;
    Mta& operator=(const Mta&) = delete;
    ~Mta() { close(socket_); }

    /// Of what it knows, what the milter asked for.
    unsigned long steps() const { return steps_; }
    /// Everything up to the end of the header; the answer to that.
    std::string header(const std::vector<std::pair<std::string, std::string>>& fields) {
        send('M', std::string("<carol@example.org>\0", 20));
        send('R', std::string("<bob@example.com>\0", 18));
        for (const auto& [name, value] : fields)
            send('L', name + '\0' + ' ' + value + '\0');
        send('N', {});
        return get();
    }
    /// The letter of the answer (c to go on, ? for none); nothing when none was agreed on.
    std::string body(std::size_t bytes) {
        send('B', std::string(bytes, 'x'));
        return (steps_ & SMFIP_NR_BODY) != 0 ? "" : get().substr(0, 1);
    }
    /// The letters of all answers, up to the verdict.
    std::string end() {
        send('E', {});
        std::string letters;
        do {
            const auto packet = get();
            letters += packet.front();
            if (packet.front() == 'i') inserted_ = packet.substr(1 + sizeof(std::uint32_t));
        } while (std::string("acdrt?").find(letters.back()) == std::string::npos);
        return letters;
    }

    /// Name and value, each with its NUL, of the header field that the milter put into the last message.
    const std::string& inserted() const { return inserted_; }

  private:
    static constexpr int patience = 3000;  // milliseconds

    void send(char command, const std::string& data) const {
        const auto packet = number(static_cast<std::uint32_t>(data.size() + 1)) + command + data;
        REQUIRE(::send(socket_, packet.data(), packet.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size()));
    }
    /// A packet without its length; "?" when none comes.
    std::string get() const {
        const auto length = bytes(4);
        if (length.size() < 4) return "?";
        std::uint32_t size = 0;
        std::copy(length.begin(), length.end(), reinterpret_cast<char*>(&size));
        return bytes(ntohl(size));
    }
    std::string bytes(std::size_t count) const {
        std::string text;
        std::array<char, 4096> buffer{};
        while (text.size() < count) {
            pollfd waiting{socket_, POLLIN, 0};
            if (poll(&waiting, 1, patience) != 1) break;
            const auto got = read(socket_, buffer.data(), std::min(buffer.size(), count - text.size()));
            if (got <= 0) break;
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return text;
    }

    int socket_;
    unsigned long steps_ = 0;
    std::string inserted_;
};

}  // namespace tests
