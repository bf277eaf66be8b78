#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <stdlib.h>

#include "calendar/itip/apply/apply.h"
#include "milter/judging/deferred.h"
#include "milter/judging/jobs.h"
#include "milter/judging/judge.h"
#include "milter/judging/kept_message.h"
#include "milter/mta/reply.h"
#include "tests/support/dkim_signer.h"

/// The whole way of a mail: written and signed here, judged by rules, applied to a calendar of files.
namespace way {

/// One key for all domains here; making it takes longer than anything else.
inline const tests::DkimKey& key() {
    static const auto made = tests::rsa_key(1024);
    return made;
}
inline const tests::DkimKey& ed25519() {
    static const auto made = tests::ed25519_key();
    return made;
}
inline const tests::DkimKey& short_key() {
    static const auto made = tests::rsa_key(768);
    return made;
}

inline std::string with_crlf(const std::string& text) {
    std::string crlf;
    for (const char c : text)
        crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return crlf;
}

/// An iTIP message in a mail of one part. As it stands, Carol invites Bob, Alice and Dave, and her provider signs.
struct Mail {
    std::string from = "Carol <carol@example.org>";
    std::string method = "REQUEST";
    std::string uid = "e1@example.org";
    std::string organizer = "ORGANIZER:mailto:carol@example.org";  ///< content line; empty: none
    std::vector<std::string> attendees{"bob@example.com", "alice@example.com", "dave@example.net"};  ///< or whole lines
    int sequence = 0;
    std::string stamp = "20261121T090000Z";
    std::string summary = "Planning";
    std::vector<std::string> more{};     ///< further content lines of the event
    std::vector<std::string> fields{};   ///< header fields in front of the others
    std::string signer = "example.org";  ///< d=; empty: nobody signs

    // The same mail with something else.
    Mail with_organizer(const std::string& line) const { return with(&Mail::organizer, line); }
    Mail with_only(const std::string& attendee) const { return with(&Mail::attendees, {attendee}); }
    Mail with_method(const std::string& word) const { return with(&Mail::method, word); }
    Mail with_uid(const std::string& text) const { return with(&Mail::uid, text); }
    Mail with_sequence(int number) const { return with(&Mail::sequence, number); }
    Mail signed_by(const std::string& domain) const { return with(&Mail::signer, domain); }
    Mail with_attendee(const std::string& attendee) const { return and_with(&Mail::attendees, attendee); }
    Mail with_line(const std::string& line) const { return and_with(&Mail::more, line); }
    Mail with_field(const std::string& field) const { return and_with(&Mail::fields, field); }

    /// The VCALENDAR; without METHOD it is what a calendar holds.
    std::string calendar(bool in_mail = true) const {
        auto text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Test//EN\n" +
                    (in_mail ? "METHOD:" + method + "\n" : std::string());
        text += fmt::format(
            "BEGIN:VEVENT\nUID:{}\nDTSTAMP:{}\nSEQUENCE:{}\nDTSTART:20270118T100000Z\nDTEND:20270118T110000Z\n"
            "SUMMARY:{}\n",
            uid, stamp, sequence, summary);
        if (!organizer.empty()) text += organizer + "\n";
        for (const auto& attendee : attendees)
            text += (attendee.starts_with("ATTENDEE") ? attendee : "ATTENDEE:mailto:" + attendee) + "\n";
        for (const auto& line : more)
            text += line + "\n";
        return with_crlf(text + "END:VEVENT\nEND:VCALENDAR\n");
    }

    /// As it is handed to the mail server.
    std::string text() const {
        std::string header;
        for (const auto& field : fields)
            header += field + "\n";
        header += fmt::format("From: {}\nTo: bob@example.com\nSubject: {}\nMIME-Version: 1.0\n", from, summary);
        header += "Content-Type: text/calendar; charset=utf-8; method=" + method + "\n\n";
        const auto whole = with_crlf(header) + calendar();
        if (signer.empty()) return whole;
        tests::DkimSigning signing;
        signing.domain = signer;
        return tests::signed_mail(whole, key(), signing);
    }

  private:
    template <class T>
    Mail with(T Mail::*member, T value) const {
        Mail other = *this;
        other.*member = std::move(value);
        return other;
    }
    Mail and_with(std::vector<std::string> Mail::*member, const std::string& value) const {
        auto all = this->*member;
        all.push_back(value);
        return with(member, std::move(all));
    }
};

/// DNS of the domains that are played here; what a key is like is in its selector. `down` cannot be asked at first.
class Dns : public milter::authentication::KeySource {
  public:
    explicit Dns(bool all_up) : all_up_(all_up) {}
    milter::authentication::KeyAnswer ask(const std::string& name, calendar::base::Deadline) override {
        const auto selector = name.substr(0, name.find('.'));
        if (selector == "down" && !all_up_) return milter::authentication::KeyTrouble{"SERVFAIL"};
        if (selector == "down") return key().record();
        if (selector == "s1") return key().record();
        if (selector == "ed") return ed25519().record();
        if (selector == "short") return short_key().record();
        if (selector == "test") return key().record("y");
        if (selector == "strict") return key().record("s");
        if (selector == "revoked") return "v=DKIM1; p=";
        return milter::authentication::NoKey{};
    }

  private:
    const bool all_up_;
};

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
        std::string pattern = (std::filesystem::temp_directory_path() / "way.XXXXXX").native();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
        const auto file = folder_ / "imip-milter.yaml";
        std::ofstream(folder_ / "contacts") << "carol@example.org\nassistant@example.org\ndave@example.net\n";
        std::ofstream(file) << "listen: unix:" << pattern
                            << "/socket\nauthserv_id: mx.example.com\nstate: sqlite:" << pattern << "/state.db\n"
                            << "users: [{static: [{user: bob, addresses: [bob@example.com]}, {user: alice, addresses: "
                               "[alice@example.com]}]}]\nbackends: {default: {type: vdir, path: \""
                            << pattern << "/calendars/{user}\"}}\nbackend: default\n"
                            << "address_books: [{type: file, path: \"" << pattern << "/contacts\"}]\n"
                            << "spam: {headers: [{name: X-Spam-Flag, matches: \"YES\"}]}\n"
                            << more << rules;
        auto config = policy::config::read_config(file);
        if (!config) {
            for (const auto& mistake : config.error())
                MESSAGE(mistake.text());
        }
        REQUIRE(config);
        snapshot_ = std::make_unique<milter::daemon::Snapshot>(std::move(*config));
        set_dns(false);
    }
    House(const House&) = delete;
    House& operator=(const House&) = delete;
    ~House() { std::filesystem::remove_all(folder_); }

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
        set_dns(false);
        const auto orders = jobs_of(judge(message), *snapshot_, {}, {}, message);
        REQUIRE(orders.jobs.size() == 1);
        REQUIRE_FALSE(orders.jobs.front().decided);
        set_dns(true);
        milter::judging::KeptMails mails([&](const std::string& id) {
            const auto found = std::ranges::find(orders.kept, id, &calendar::delivery::KeptMessage::id);
            return found == orders.kept.end() ? std::nullopt : std::optional(found->text);
        });
        const auto proof_of = [&](const std::string& id, calendar::base::Deadline deadline) {
            return mails.verify(id, *snapshot_->dkim, deadline);
        };
        return milter::judging::decide_deferred(orders.jobs.front(), std::nullopt, *snapshot_, engine_, proof_of);
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
    void set_dns(bool all_up) {
        snapshot_->dkim = std::make_unique<milter::authentication::DkimVerifier>(snapshot_->config.authentication,
                                                                                 std::make_unique<Dns>(all_up));
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

    std::filesystem::path folder_;
    std::unique_ptr<milter::daemon::Snapshot> snapshot_;
    milter::mail::Engine engine_ = milter::mail::engine_in_this_process();
    std::map<std::string, std::vector<calendar::itip::ReplyMark>> marks_;
};

/// The rules of a shipped file.
inline std::string shipped(const std::string& preset) {
    return fmt::format("presets: {{{0}: \"{1}/etc/policies/{0}.yaml\"}}\npreset: {0}\n", preset, SOURCE_DIR);
}

}  // namespace way
