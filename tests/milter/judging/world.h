#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/delivery/state/state.h"
#include "milter/judging/judge.h"
#include "milter/judging/learning.h"
#include "milter/judging/queue/deferred.h"
#include "policy/memory/memory.h"
#include "tests/milter/judging/engine.h"
#include "tests/support/config.h"
#include "tests/support/process.h"
#include "tests/support/text.h"

namespace tests {

/// A configuration in a folder of its own with bob, alice and their calendars, its state, and the engine in this
/// process.
class World {
  public:
    /// `more`: the rules, and what else the configuration shall say.
    explicit World(const std::string& more, const std::string& users = two_users,
                   const std::string& backend = "type: vdir, path: \"{}/calendars/{{user}}\"") {
        std::ofstream(folder_.path() / "password") << "secret\n";
        std::ofstream(folder_.path() / "keys") << "s1._domainkey.example.net v=DKIM1; p=\n";
        std::ofstream(folder_.path() / "agent.secrets") << "aa the secret of this test\n";
        const auto file = folder_.path() / "imip-milter.yaml";
        const auto url = "sqlite:" + (folder_.path() / "state.db").native();
        std::ofstream(file) << "listen: unix:" << folder_.path().native()
                            << "/socket\nauthserv_id: mx.example.com\nstate: " << url
                            << "\nauthentication: {dkim: {keys_file: keys}, trusted_results: {authserv_ids: "
                               "[filter.example.com]}}\n"
                            << users << "backends: {default: {"
                            << fmt::format(fmt::runtime(backend), folder_.path().native()) << "}}\nbackend: default\n"
                            << more;
        state_ = std::make_unique<calendar::delivery::State>(url);
        memory_ = std::make_unique<policy::memory::Memory>(*state_);
        snapshot_ = std::make_shared<milter::daemon::Snapshot>(read_config(file), memory_.get());
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    const milter::daemon::Snapshot& snapshot() const { return *snapshot_; }
    milter::daemon::SharedSnapshot shared_snapshot() const { return snapshot_; }
    milter::daemon::Snapshot& changeable() { return *snapshot_; }
    const milter::mail::Engine& engine() const { return engine_; }
    policy::memory::Memory& memory() { return *memory_; }

    milter::judging::Judgement judge(const std::string& message, std::vector<std::string> recipients,
                                     milter::mail::Extent extent = milter::mail::Extent::whole) const {
        milter::mail::Envelope envelope;
        envelope.queue_id = "Q1";
        envelope.client_ip = "192.0.2.7";
        envelope.recipients = std::move(recipients);
        return judge_with(message, envelope, extent);
    }
    milter::judging::Judgement judge_with(const std::string& message, const milter::mail::Envelope& envelope,
                                          milter::mail::Extent extent = milter::mail::Extent::whole) const {
        const milter::mail::MailOfBytes read(message, envelope);
        auto mail = read.mail();
        mail.extent = extent;
        return milter::judging::judge(*snapshot_, engine_, mail, milter::judging::Purpose::deliver,
                                      calendar::base::Deadline::max());
    }

    /// The late decision about a job, with all the time there is.
    calendar::delivery::DeferredDecision decide(
        const calendar::delivery::Job& job, const std::optional<calendar::connectors::Stored>& stored = std::nullopt,
        const milter::judging::ProofOfMail& proof_of = {}) const {
        return milter::judging::decide_deferred(job, stored,
                                                {.snapshot = *snapshot_,
                                                 .engine = engine_,
                                                 .deadline = calendar::base::Deadline::max(),
                                                 .proof_of = proof_of});
    }

    /// What the daemon would learn from this message after its answer.
    std::optional<policy::memory::Observation> observe(const std::string& message,
                                                       const milter::mail::Envelope& envelope) const {
        auto lesson = milter::judging::lesson_of(snapshot_, milter::mail::MailOfBytes(message, envelope).mail());
        if (lesson) lesson->message = message;
        return lesson ? milter::judging::observation_of(*std::move(lesson), engine_, calendar::base::Deadline::max())
                      : std::nullopt;
    }

    std::filesystem::path calendar_of(const std::string& user) const { return folder_.path() / "calendars" / user; }

    /// Puts an object into a user's vdir calendar.
    void store(const std::string& user, const std::string& uid, const std::string& object) const {
        std::filesystem::create_directories(calendar_of(user));
        std::ofstream(calendar_of(user) / (uid + ".ics")) << object;
    }

    static constexpr const char* two_users =
        "users: [{static: [{user: bob, addresses: [bob@example.com]}, {user: alice, addresses: "
        "[alice@example.com]}]}]\n";

  private:
    TemporaryFolder folder_;
    std::unique_ptr<calendar::delivery::State> state_;
    std::unique_ptr<policy::memory::Memory> memory_;
    std::shared_ptr<milter::daemon::Snapshot> snapshot_;
    milter::mail::Engine engine_ = tests::engine_in_this_process();
};

/// A mail that is one calendar part about the event e1@example.org.
inline std::string event_mail(const std::string& method, const std::string& from = "carol@example.org",
                              const std::string& organizer = "ORGANIZER:mailto:carol@example.org",
                              const std::vector<std::string>& attendees = {"ATTENDEE:mailto:bob@example.com",
                                                                           "ATTENDEE:mailto:alice@example.com"},
                              const std::string& more_fields = "") {
    std::string parties = organizer + "\n";
    for (const auto& attendee : attendees)
        parties += attendee + "\n";
    return crlf("From: " + from + "\nTo: bob@example.com\nSubject: Planning\n" + more_fields +
                "MIME-Version: 1.0\nContent-Type: text/calendar; charset=utf-8; method=" + method +
                "\n\nBEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Test//EN\nMETHOD:" + method +
                "\nBEGIN:VEVENT\nUID:e1@example.org\nDTSTAMP:20261121T090000Z\nDTSTART:20270118T100000Z\n"
                "DTEND:20270118T110000Z\n" +
                parties + "END:VEVENT\nEND:VCALENDAR\n");
}

}  // namespace tests
