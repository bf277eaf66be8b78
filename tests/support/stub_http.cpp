#include "tests/support/stub_http.h"

#include <cctype>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tests {
namespace {

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

HttpRequest read_head(std::string_view head) {
    HttpRequest request;
    const auto first = head.substr(0, head.find("\r\n"));
    const auto space = first.find(' ');
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
    head.remove_prefix(first.size() + 2);
    while (!head.empty()) {
        const auto line = head.substr(0, head.find("\r\n"));
        const auto colon = line.find(':');
        std::string name(line.substr(0, colon));
        for (char& c : name)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        request.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
        head.remove_prefix(line.size() + 2);
    }
    return request;
}

}  // namespace

HttpAnswer answer(int status, const std::vector<std::string>& header_lines, const std::string& body) {
    HttpAnswer made;
    made.bytes = "HTTP/1.1 " + std::to_string(status) + " As scripted\r\n";
    for (const auto& line : header_lines)
        made.bytes += line + "\r\n";
    made.bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    return made;
}

StubHttp::StubHttp(std::function<HttpAnswer(const HttpRequest&)> script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 64) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("the stub server cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

StubHttp::~StubHttp() {
    stop_ = true;
    acceptor_.join();
    for (auto& each : connections_)
        each.join();
    ::close(listener_);
}

std::string StubHttp::url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<HttpRequest> StubHttp::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

bool StubHttp::readable(int fd) const {
    while (!stop_) {
        pollfd watched{fd, POLLIN, 0};
        if (::poll(&watched, 1, 20) > 0) return true;
    }
    return false;
}

void StubHttp::accept_all() {
    for (int count = 1; readable(listener_); ++count) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) connections_.emplace_back([this, fd, count] { serve(fd, count), ::close(fd); });
    }
}

void StubHttp::serve(int fd, int connection) {
    std::string read;
    const auto read_more = [&] {
        char buffer[65536];
        if (!readable(fd)) return false;
        const auto n = ::recv(fd, buffer, sizeof buffer, 0);
        if (n > 0) read.append(buffer, static_cast<std::size_t>(n));
        return n > 0;
    };
    while (true) {
        std::size_t end = 0;
        while ((end = read.find("\r\n\r\n")) == std::string::npos)
            if (!read_more()) return;
        auto request = read_head(std::string_view(read).substr(0, end + 2));
        read.erase(0, end + 4);
        const auto length = request.headers.count("content-length") ? std::stoul(request.headers["content-length"]) : 0;
        while (read.size() < length)
            if (!read_more()) return;
        request.body = read.substr(0, length);
        read.erase(0, length);
        request.connection = connection;
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        const auto reply = script_(request);
        if (!send_all(fd, reply.bytes)) return;
        switch (reply.then) {
            case HttpAnswer::Then::keep:
                break;
            case HttpAnswer::Then::close:
                return;
            case HttpAnswer::Then::hang:
                readable(fd);  // until the client goes away
                return;
            case HttpAnswer::Then::drip:
                while (!stop_ && send_all(fd, "x"))
                    std::this_thread::sleep_for(std::chrono::milliseconds(10));
                return;
        }
    }
}

}  // namespace tests
