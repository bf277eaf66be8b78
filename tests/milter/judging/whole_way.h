#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/itip/apply/apply.h"
#include "milter/judging/judge.h"
#include "milter/judging/queue/deferred.h"
#include "milter/judging/queue/jobs.h"
#include "milter/judging/queue/kept_message.h"
#include "milter/mta/reply.h"
#include "tests/milter/judging/engine.h"
#include "tests/milter/judging/mail.h"
#include "tests/support/config.h"
#include "tests/support/keys.h"
#include "tests/support/process.h"

/// The whole way of a mail: written and signed here, judged by rules, applied to a calendar of files.
namespace way {

/// What DNS answers to the selector `down`.
enum class DownKeys { silence, key };

/// DNS of the domains that are played here; what a key is like is in its selector.
inline std::unique_ptr<milter::authentication::KeySource> dns(DownKeys down) {
    using milter::authentication::KeyAnswer;
    return std::make_unique<tests::Keys>([down](const std::string& name) -> KeyAnswer {
        const auto selector = name.substr(0, name.find('.'));
        if (selector == "down" && down == DownKeys::silence) return milter::authentication::KeyTrouble{"SERVFAIL"};
        if (selector == "down" || selector == "s1") return key().record();
        if (selector == "ed") return ed25519().record();
        if (selector == "short") return short_key().record();
        if (selector == "test") return key().record("y");
        if (selector == "strict") return key().record("s");
        if (selector == "revoked") return "v=DKIM1; p=";
        return milter::authentication::NoKey{};
    });
}

/// What became of a mail for one user.
struct Delivered {
    std::string rule;       ///< that decided
    std::string decision;   ///< apply, hold, ignore, later; a reason word when the mail was refused; untouched
    std::string outcome{};  ///< "created new_event", …; empty: nothing was applied

    std::string text() const { return outcome.empty() ? rule + ": " + decision : rule + ": " + outcome; }
};

/// Two users with a folder of events each, `bob@example.com` and `alice@example.com`, and the rules they live by.
class House {
  public:
    /// `rules`: the lines of the configuration that name or are the rules. `more`: further lines.
    explicit House(const std::string& rules, const std::string& more = "") {
        const auto folder = folder_.path().native();
        const auto file = folder_.path() / "imip-milter.yaml";
        std::ofstream(folder_.path() / "contacts") << "carol@example.org\nassistant@example.org\ndave@example.net\n";
        std::ofstream(file) << "listen: unix:" << folder
                            << "/socket\nauthserv_id: mx.example.com\nstate: sqlite:" << folder << "/state.db\n"
                            << "users: [{static: [{user: bob, addresses: [bob@example.com]}, {user: alice, addresses: "
                               "[alice@example.com]}]}]\nbackends: {default: {type: vdir, path: \""
                            << folder << "/calendars/{user}\"}}\nbackend: default\n"
                            << "address_books: [{type: file, path: \"" << folder << "/contacts\"}]\n"
                            << "spam: {headers: [{name: X-Spam-Flag, matches: \"YES\"}]}\n"
                            << more << rules;
        snapshot_ = std::make_unique<milter::daemon::Snapshot>(tests::read_config(file));
        set_dns(DownKeys::silence);
    }
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    const milter::daemon::Snapshot& snapshot() const { return *snapshot_; }

    milter::judging::Judgement judge(const std::string& message,
                                     const std::string& recipient = "bob@example.com") const {
        milter::mail::Envelope envelope;
        envelope.queue_id = "Q1";
        envelope.client_ip = "192.0.2.7";
        envelope.recipients = {recipient};
        return milter::judging::judge(*snapshot_, engine_, milter::mail::MailOfBytes(message, envelope).mail(),
                                      milter::judging::Purpose::deliver, calendar::base::Deadline::max());
    }

    /// Judges the mail and applies what was decided, as the courier does.
    Delivered deliver(const std::string& message, const std::string& recipient = "bob@example.com") {
        const auto judged = judge(message, recipient);
        if (!judged.concerns_us) return {"", "untouched"};
        if (const auto* refusal = judged.refusal()) return {"", std::string(word(refusal->reason))};
        REQUIRE(judged.decisions.size() == 1);
        const auto& decision = judged.decisions.front().decision;
        if (decision.deferred) return {decision.rule, "later"};
        Delivered delivered{decision.rule, std::string(word(decision.action.calendar))};
        if (const auto& refused = judged.decisions.front().refused)
            delivered.outcome = fmt::format("refused {}", word(refused->reason));
        else if (decision.action.calendar == policy::rules::CalendarAction::apply)
            delivered.outcome = apply(jobs_of(judged, *snapshot_, {}, {}).jobs.at(0));
        return delivered;
    }

    /// What is decided about a mail that has to wait for DNS, once DNS is back: "rule: apply".
    std::string decide_later(const std::string& message) {
        const auto late = decided_later(message);
        return late.rule + ": " + late.action;
    }
    calendar::delivery::DeferredDecision decided_later(const std::string& message) {
        set_dns(DownKeys::silence);
        const auto orders = jobs_of(judge(message), *snapshot_, {}, {}, message);
        REQUIRE(orders.jobs.size() == 1);
        REQUIRE_FALSE(orders.jobs.front().decided);
        set_dns(DownKeys::key);
        milter::judging::KeptMessages kept([&](const std::string& id) {
            const auto found = std::ranges::find(orders.kept, id, &calendar::delivery::KeptMessage::id);
            return found == orders.kept.end() ? std::nullopt : std::optional(found->text);
        });
        const auto proof_of = [&](const std::string& id, calendar::base::Deadline deadline) {
            return kept.verify(id, *snapshot_->dkim, deadline);
        };
        return milter::judging::decide_deferred(orders.jobs.front(), std::nullopt,
                                                {.snapshot = *snapshot_,
                                                 .engine = engine_,
                                                 .deadline = calendar::base::Deadline::max(),
                                                 .proof_of = proof_of});
    }

    /// The event as it stands in a calendar; empty: there is none.
    std::string event(const std::string& uid = "e1@example.org", const std::string& user = "bob") const {
        const auto stored = calendar().fetch(owner(user), uid);
        REQUIRE(stored);
        return *stored ? (*stored)->content : "";
    }

    /// Puts an event there in place of what there is, as its owner would.
    void put(const std::string& content, const std::string& uid = "e1@example.org", const std::string& user = "bob") {
        const auto before = calendar().fetch(owner(user), uid);
        REQUIRE(before);
        REQUIRE(calendar().store(owner(user), uid, content, *before));
    }

  private:
    void set_dns(DownKeys down) {
        snapshot_->dkim =
            std::make_unique<milter::authentication::DkimVerifier>(snapshot_->config.authentication, dns(down));
    }
    calendar::connectors::Connector& calendar() const { return *snapshot_->connectors.at("default"); }
    static calendar::base::Owner owner(const std::string& user) { return {user, user + "@example.com"}; }

    std::string apply(const calendar::delivery::Job& job) {
        const auto before = calendar().fetch(owner(job.user), job.uid);
        REQUIRE(before);
        auto input = job.input;
        if (*before) input.stored = (*before)->content;
        auto& marks = marks_[job.user + ' ' + job.uid];
        input.marks = marks;
        const auto outcome = calendar::itip::apply(input);
        marks = outcome.marks;
        if (outcome.object && outcome.object != input.stored)
            REQUIRE(calendar().store(owner(job.user), job.uid, *outcome.object, *before));
        if (!outcome.object && *before) REQUIRE(calendar().remove(owner(job.user), job.uid, **before));
        return fmt::format("{} {}", word(outcome.kind), word(outcome.reason));
    }

    tests::TemporaryFolder folder_;
    std::unique_ptr<milter::daemon::Snapshot> snapshot_;
    milter::mail::Engine engine_ = tests::engine_in_this_process();
    std::map<std::string, std::vector<calendar::itip::ReplyMark>> marks_;
};

/// The rules of a shipped file.
inline std::string shipped(const std::string& preset) {
    return fmt::format("presets: {{{0}: \"{1}/etc/policies/{0}.yaml\"}}\npreset: {0}\n", preset, SOURCE_DIR);
}

}  // namespace way
