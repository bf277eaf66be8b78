#pragma once

#include <memory>
#include <string>
#include <utility>

#include "calendar/delivery/state/state.h"
#include "milter/mta/session.h"
#include "policy/memory/memory.h"
#include "tests/support/process.h"

namespace tests {

inline policy::config::Config config_with_limit(std::size_t message) {
    policy::config::Config config;
    config.authserv_id = "mx.example.com";
    config.authentication.dkim.verify = false;
    config.limits.message = message;
    return config;
}

/// What the session hands on at end of message.
struct HandedOn {
    milter::mail::Envelope envelope;
    std::string message;
    milter::mail::Extent extent = milter::mail::Extent::whole;
    int times = 0;
};

/// A session, and what it hands on.
struct SessionSetting {
    explicit SessionSetting(std::size_t limit = 1000) : SessionSetting(config_with_limit(limit)) {}
    explicit SessionSetting(policy::config::Config config)
        : snapshot(std::make_shared<const milter::daemon::Snapshot>(std::move(config), &memory)),
          service{[this] { return snapshot; },
                  [this](const milter::daemon::SharedSnapshot&, const milter::mail::Mail& mail,
                         calendar::base::Deadline until) {
                      seen = {mail.envelope, std::string(mail.bytes), mail.extent, seen.times + 1};
                      deadline = until;
                      fields = mail.header.fields().size();
                      milter::mta::Reply answer;
                      answer.field = "x; outcome=ignored";
                      return answer;
                  },
                  [this](const milter::daemon::SharedSnapshot&, const milter::mail::Mail& mail) {
                      passed = {mail.envelope, std::string(mail.bytes), mail.extent, passed.times + 1};
                  }},
          session(service) {
        session.set_leading_space(milter::mta::LeadingSpace::kept);
    }
    TemporaryFolder folder;
    calendar::delivery::State state{"sqlite:" + (folder.path() / "state.db").native()};
    policy::memory::Memory memory{state};
    milter::daemon::SharedSnapshot snapshot;
    HandedOn seen, passed;
    calendar::base::Deadline deadline{};
    std::size_t fields = 0;
    milter::mta::Service service;
    milter::mta::Session session;
};

}  // namespace tests
