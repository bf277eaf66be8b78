#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What configurations make of an archive, counted. Texts from mails are those of the mails: whoever prints them makes
/// them harmless.
namespace milter::imipctl {

/// What becomes of an event for a user; the last three of a whole mail.
enum class Outcome {
    applied,      ///< would be brought into the calendar, as far as the rules go
    held,         ///< kept for review
    ignored,      ///< the calendar is left alone
    deferred,     ///< a fact could not be found out, the queue would decide later
    refused,      ///< its calendar part is not usable
    not_ours,     ///< to nobody we serve
    no_calendar,  ///< nothing like a calendar part
};
std::string_view word(Outcome outcome) noexcept;
/// Those that calendar mail to users of ours can have, in the order of the reports.
constexpr std::array<Outcome, 5> outcomes_of_events{Outcome::applied, Outcome::held, Outcome::ignored,
                                                    Outcome::deferred, Outcome::refused};

struct Fate {
    Outcome outcome = Outcome::no_calendar;
    std::string reason;            ///< word; with refused
    std::string rule, place;       ///< when a rule (or "otherwise") decided
    std::string mail = "deliver";  ///< word of what happens to the mail
};
/// The same happens; another rule may have decided it.
bool same_fate(const Fate& a, const Fate& b) noexcept;
/// "applied", "ignored, mail reject".
std::string shown(const Fate& fate);

/// What one configuration decided about one event for one user.
struct Decided {
    std::string user;  ///< name; the address when nobody could say who it is
    std::string uid, method;
    std::string summary;  ///< UTF-8
    Fate fate;
};

/// Was the sender proven, and by what, or why not: a word or a phrase out of a small set.
struct Proof {
    bool proven = false;
    std::string how;
};

/// What one configuration makes of one mail.
struct Ruling {
    Fate whole;                    ///< when nothing was decided: refused, not_ours or no_calendar
    std::string method;            ///< of a refused one, as its MIME header says; may be empty
    std::vector<Decided> decided;  ///< one a user and event
    std::optional<Proof> proof;    ///< of mails that concern a user of ours
};

struct MailName {
    std::string place;  ///< in the archive
    std::string message_id, from;
};

/// One event of a mail for one user under each configuration; `user` and `uid` are empty when it is a whole mail.
struct Row {
    MailName mail;
    std::string user, uid, method, summary;
    std::vector<Fate> fates;  ///< as many as configurations

    bool changed() const noexcept;
};
/// Of one mail; none when it concerns nobody under any configuration.
std::vector<Row> rows_of(const MailName& mail, const std::vector<Ruling>& rulings);

/// How often each outcome; what is not there is 0.
using Tally = std::map<Outcome, std::uint64_t>;
std::uint64_t times(const Tally& tally, Outcome outcome) noexcept;
std::uint64_t total(const Tally& tally) noexcept;
using Counts = std::map<std::string, std::uint64_t>;

/// What one configuration makes of all of them.
struct Results {
    std::string file;  ///< the configuration
    /// By what became of them; decided ones (which may have several outcomes) are the rest of all.
    Tally undecided;
    std::uint64_t decided = 0;                                   ///< mails
    std::map<std::string, Tally> methods;                        ///< events a user; refused: mails
    std::map<std::pair<std::string, std::string>, Tally> rules;  ///< by name and place
    Counts reasons;                                              ///< refused mails, by reason word
    Counts proven, unproven;                                     ///< mails
    Counts mail;                                                 ///< decided mails, by what happens to them
};

/// Method of a refused mail that names none.
constexpr std::string_view unknown_method = "unknown";

struct Simulation {
    /// Changed rows that are kept; what is beyond is counted only.
    static constexpr std::size_t most_changes = 10'000;

    std::string made_at;                ///< when, for people
    std::vector<std::string> archives;  ///< as they were named
    std::uint64_t mails = 0, bytes = 0;
    std::uint64_t too_large = 0;   ///< mails above `limits: message`; looked at so far, as the daemon does
    std::uint64_t unreadable = 0;  ///< files of Maildirs
    std::vector<Results> results;  ///< one or two
    std::uint64_t changes = 0;
    std::map<std::pair<std::string, std::string>, std::uint64_t> kinds_of_change;  ///< shown() before and after
    std::vector<Row> changed;                                                      ///< the first most_changes

    bool compares() const noexcept { return results.size() == 2; }
    bool concerned_anybody() const noexcept;
};

/// Counts one mail; `rulings` are in the order of `results`, `rows` what rows_of() made of them.
void count(Simulation& simulation, const std::vector<Ruling>& rulings, const std::vector<Row>& rows);

}  // namespace milter::imipctl
