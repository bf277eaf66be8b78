#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What configurations decide about an archive, counted. Texts from messages are as they were there: whoever prints
/// them makes them harmless.
namespace milter::imipctl {

/// What becomes of an event for a user; the last three: of a whole message.
enum class EventOutcome {
    applied,      ///< would be applied to the calendar, as far as the rules go
    held,         ///< kept for review
    ignored,      ///< the calendar is left alone
    deferred,     ///< a fact could not be found out, the queue would decide later
    refused,      ///< its calendar part is not usable
    not_ours,     ///< no recipient is a local user
    no_calendar,  ///< nothing like a calendar part
};
std::string_view word(EventOutcome outcome) noexcept;
/// Those that calendar messages to local users can have, in the order of the reports.
constexpr std::array<EventOutcome, 5> outcomes_of_events{
    EventOutcome::applied, EventOutcome::held, EventOutcome::ignored, EventOutcome::deferred, EventOutcome::refused};
/// Those that a rule can lead to.
constexpr std::span<const EventOutcome, 4> outcomes_of_rules = std::span(outcomes_of_events).first<4>();

struct Fate {
    EventOutcome outcome = EventOutcome::no_calendar;
    std::string reason{};          ///< word; with refused
    std::string rule{}, place{};   ///< when a rule (or "otherwise") decided
    std::string mail = "deliver";  ///< word of what happens to the mail
};
/// The same happens; another rule may have decided it.
bool same_fate(const Fate& a, const Fate& b) noexcept;
/// "applied", "ignored, mail reject".
std::string shown(const Fate& fate);

/// What one configuration decided about one event for one user.
struct JudgedEvent {
    std::string user;  ///< name; the address when the user could not be looked up
    std::string uid, method;
    std::string summary;  ///< UTF-8
    Fate fate;
};

/// Whether the sender was proven, and by what or why not: a word or a phrase out of a small set.
struct SenderProof {
    bool proven = false;
    std::string how;
};

/// One message as one configuration judges it.
struct JudgedMail {
    Fate whole;                        ///< when nothing was decided: refused, not_ours or no_calendar
    std::string method;                ///< of a refused one, as its MIME header says; may be empty
    std::vector<JudgedEvent> decided;  ///< one a user and event
    std::optional<SenderProof> proof;  ///< of messages that concern a local user
};

struct MailName {
    std::string place;  ///< in the archive
    std::string message_id, from;
};

/// One event of a mail for one user under each configuration; `user` and `uid` are empty when it is a whole mail.
struct Row {
    MailName mail;
    std::string user{}, uid{}, method{}, summary{};
    std::vector<Fate> fates{};  ///< as many as configurations

    bool changed() const noexcept;
};
/// Of one message; none when it concerns no local user under any configuration.
std::vector<Row> rows_of(const MailName& mail, const std::vector<JudgedMail>& judged);

/// How often each outcome; what is not there is 0.
using Tally = std::map<EventOutcome, std::uint64_t>;
std::uint64_t times(const Tally& tally, EventOutcome outcome) noexcept;
std::uint64_t total(const Tally& tally) noexcept;
using Counts = std::map<std::string, std::uint64_t>;

/// All messages as one configuration judges them.
struct Results {
    std::string file;  ///< the configuration
    /// By what became of them; decided ones (which may have several outcomes) are the rest of all.
    Tally undecided;
    std::uint64_t decided = 0;                                   ///< messages
    std::map<std::string, Tally> methods;                        ///< events a user; refused: messages
    std::map<std::pair<std::string, std::string>, Tally> rules;  ///< by name and place
    Counts reasons;                                              ///< refused messages, by reason word
    Counts proven, unproven;                                     ///< messages
    Counts mail;                                                 ///< decided messages, by what happens to them
};

/// Method of a refused mail that names none.
constexpr std::string_view unknown_method = "unknown";

struct Simulation {
    /// Changed rows that are kept; what is beyond is counted only.
    static constexpr std::size_t most_changes = 10'000;

    std::string made_at;                ///< when, for people
    std::vector<std::string> archives;  ///< as they were named
    std::uint64_t mails = 0, bytes = 0;
    std::uint64_t too_large = 0;   ///< messages above `limits: message`, read up to it, as by the daemon
    std::uint64_t unreadable = 0;  ///< files of Maildirs
    std::vector<Results> results;  ///< one or two
    std::uint64_t changes = 0;
    std::map<std::pair<std::string, std::string>, std::uint64_t> kinds_of_change;  ///< shown() before and after
    std::vector<Row> changed;                                                      ///< the first most_changes

    bool compares() const noexcept { return results.size() == 2; }
    bool concerned_anybody() const noexcept;
};

/// Counts one mail; `judged` are in the order of `results`, `rows` what rows_of() made of them.
void count(Simulation& simulation, const std::vector<JudgedMail>& judged, const std::vector<Row>& rows);

}  // namespace milter::imipctl
