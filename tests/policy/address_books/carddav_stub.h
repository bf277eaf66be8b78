#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/address_books/asking.h"
#include "tests/support/stub_http.h"

/// A CardDAV server of the tests' own, and how it is asked.
namespace tests::carddav {

using namespace std::chrono_literals;
using policy::address_books::CarddavOptions;
using policy::address_books::make_carddav_book;
using tests::answer;
using tests::HttpAnswer;
using tests::HttpRequest;
using tests::StubHttp;

inline std::string multistatus(const std::string& inner) {
    return "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:carddav\" "
           "xmlns:cs=\"http://calendarserver.org/ns/\">" +
           inner + "</d:multistatus>";
}

inline HttpAnswer state(const std::string& properties) {
    return answer(207, {},
                  multistatus("<d:response><d:href>/bob/</d:href><d:propstat><d:prop>" + properties +
                              "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"));
}

inline std::string card(const std::string& email) {
    return "<d:response><d:href>/bob/1.vcf</d:href><d:propstat><d:prop><c:address-data>BEGIN:VCARD\nEMAIL:" + email +
           "\nEND:VCARD</c:address-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>";
}

inline HttpAnswer cards(const std::string& email) {
    return answer(207, {}, multistatus(card(email)));
}

/// A server whose two answers can be changed while it runs.
class Server {
  public:
    Server()
        : http_([this](const HttpRequest& request) {
              const std::lock_guard lock(mutex_);
              return request.method == "PROPFIND" ? state_ : report_;
          }) {}

    void say(const HttpAnswer& state, const HttpAnswer& report) {
        const std::lock_guard lock(mutex_);
        state_ = state;
        report_ = report;
    }
    std::vector<HttpRequest> requests() const { return http_.requests(); }
    std::size_t count(const std::string& method) const {
        std::size_t count = 0;
        for (const auto& each : http_.requests())
            count += each.method == method;
        return count;
    }
    CarddavOptions options(std::chrono::seconds refresh = 900s) const {
        CarddavOptions options;
        options.url = http_.url() + "/dav/{user}/";
        options.timeout = 10s;
        options.refresh = refresh;
        return options;
    }

  private:
    std::mutex mutex_;
    HttpAnswer state_ = state("<cs:getctag>1</cs:getctag>");
    HttpAnswer report_ = cards("carol@example.org");
    StubHttp http_;
};

}  // namespace tests::carddav
