#include "milter/imipctl/client/wire.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "calendar/base/free_with.h"
#include "calendar/base/os_error.h"

namespace milter::imipctl {

using calendar::base::throw_os_error;

using calendar::base::Fd;

namespace {

/// Longest packet that is believed; libmilter's own are below 64 KiB, or 1 MiB when both sides agree.
constexpr std::uint32_t longest_packet = 16 * 1024 * 1024;
constexpr std::size_t flush_at = 64 * 1024;

void set_timeout(int socket, std::chrono::milliseconds timeout) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    timeval time{};
    time.tv_sec = seconds.count();
    time.tv_usec = std::chrono::microseconds(timeout - seconds).count();
    // SO_SNDTIMEO also bounds connect().
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

Fd connect_unix(const std::string& path, std::chrono::milliseconds timeout) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path is too long: " + path);
    std::memcpy(address.sun_path, path.data(), path.size());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) throw_os_error("cannot create a socket");
    set_timeout(fd.get(), timeout);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw_os_error("cannot connect to " + path);
    return fd;
}

Fd connect_inet(const std::string& port_at_host, int family, std::chrono::milliseconds timeout) {
    const auto at = port_at_host.find('@');
    const std::string port = port_at_host.substr(0, at);
    const std::string host = at == std::string::npos ? "localhost" : port_at_host.substr(at + 1);
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0)
        throw std::runtime_error(fmt::format("cannot resolve {}: {}", port_at_host, ::gai_strerror(error)));
    const std::unique_ptr<addrinfo, calendar::base::FreeWith<&::freeaddrinfo>> addresses(found);
    int error = 0;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        Fd fd(::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol));
        if (!fd) throw_os_error("cannot create a socket");
        set_timeout(fd.get(), timeout);
        if (::connect(fd.get(), address->ai_addr, address->ai_addrlen) == 0) return fd;
        error = errno;
    }
    throw_os_error("cannot connect to " + port_at_host, error);
}

Fd connect_to(const std::string& socket, std::chrono::milliseconds timeout) {
    const auto colon = socket.find(':');
    const std::string kind = socket.starts_with("/") ? "unix" : socket.substr(0, colon);
    const std::string rest = socket.starts_with("/") ? socket : socket.substr(std::min(colon, socket.size() - 1) + 1);
    if (colon != std::string::npos || socket.starts_with("/")) {
        if (kind == "unix" || kind == "local") return connect_unix(rest, timeout);
        if (kind == "inet") return connect_inet(rest, AF_INET, timeout);
        if (kind == "inet6") return connect_inet(rest, AF_INET6, timeout);
    }
    throw std::invalid_argument(
        fmt::format("'{}' is not a valid socket; expected unix:/path, inet:PORT@HOST or inet6:PORT@HOST", socket));
}

}  // namespace

Wire::Wire(const std::string& socket, std::chrono::milliseconds timeout)
    : socket_(connect_to(socket, timeout)), timeout_(timeout) {}

void Wire::put(char command, std::string_view data) {
    if (out_.size() + data.size() > flush_at) flush();
    append_u32(out_, static_cast<std::uint32_t>(data.size() + 1));
    out_ += command;
    out_ += data;
}

void Wire::flush() {
    std::string_view rest = out_;
    while (!rest.empty()) {
        const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            throw std::runtime_error(fmt::format("the milter did not read for {} ms", timeout_.count()));
        if (sent < 0) throw_os_error("lost the connection to the milter");
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    out_.clear();
}

void Wire::fill(std::size_t bytes) {
    in_.erase(0, read_);
    read_ = 0;
    std::array<char, 16 * 1024> buffer;
    while (in_.size() < bytes) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            throw std::runtime_error(fmt::format("the milter did not answer within {} ms", timeout_.count()));
        if (got < 0) throw_os_error("lost the connection to the milter");
        if (got == 0) throw std::runtime_error("the milter closed the connection");
        in_.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

Wire::Packet Wire::get() {
    flush();
    if (in_.size() - read_ < 4) fill(4);
    const std::uint32_t length = Fields(std::string_view(in_).substr(read_)).u32();
    if (length == 0 || length > longest_packet)
        throw std::runtime_error(fmt::format("the milter sent a packet of {} bytes", length));
    if (in_.size() - read_ < 4 + length) fill(4 + length);
    Packet packet{in_[read_ + 4], in_.substr(read_ + 5, length - 1)};
    read_ += 4 + length;
    return packet;
}

void append_u16(std::string& to, std::uint16_t number) {
    to += static_cast<char>(number >> 8);
    to += static_cast<char>(number & 0xff);
}

void append_u32(std::string& to, std::uint32_t number) {
    append_u16(to, static_cast<std::uint16_t>(number >> 16));
    append_u16(to, static_cast<std::uint16_t>(number & 0xffff));
}

std::string with_nul(std::string_view text) {
    std::string data(text.substr(0, text.find('\0')));
    data += '\0';
    return data;
}

std::uint32_t Fields::u32() {
    if (rest_.size() < 4) throw std::runtime_error("the milter sent a packet that is too short");
    std::uint32_t number = 0;
    for (int i = 0; i < 4; ++i)
        number = (number << 8) | static_cast<unsigned char>(rest_[static_cast<std::size_t>(i)]);
    rest_.remove_prefix(4);
    return number;
}

std::string Fields::string() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) throw std::runtime_error("the milter sent an unterminated string");
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
}

}  // namespace milter::imipctl
