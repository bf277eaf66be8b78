#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tests {

struct HttpRequest {
    std::string method, target, body;
    std::map<std::string, std::string> headers;  ///< names in lower case
    int connection = 0;                          ///< which connection it came on, counted from 1
};

/// What the stub does with a request.
struct HttpAnswer {
    enum class Then { keep, close, hang, drip } then = Then::keep;
    std::string bytes;  ///< sent first, as they are; then the connection is kept, closed, left without another byte, or
                        ///< one byte comes every 10 ms
};

/// A whole answer with Content-Length.
HttpAnswer answer(int status, const std::vector<std::string>& header_lines = {}, const std::string& body = {});

/// A scripted HTTP server on a loopback port of its own, for what real servers do not do on demand.
class StubHttp {
  public:
    explicit StubHttp(std::function<HttpAnswer(const HttpRequest&)> script);
    ~StubHttp();
    StubHttp(const StubHttp&) = delete;
    StubHttp& operator=(const StubHttp&) = delete;

    std::string url() const;  ///< http://127.0.0.1:PORT
    std::vector<HttpRequest> requests() const;

  private:
    void accept_all();
    void serve(int fd, int connection);
    bool readable(int fd) const;  ///< false: the stub stops

    std::function<HttpAnswer(const HttpRequest&)> script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stop_{false};
    mutable std::mutex mutex_;
    std::vector<HttpRequest> requests_;
    std::vector<std::thread> connections_;
    std::thread acceptor_;
};

}  // namespace tests
