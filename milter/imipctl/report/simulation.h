#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "milter/imipctl/report/fate.h"
#include "milter/imipctl/report/row.h"

/// What configurations decide about an archive, counted. Texts from messages are as they were there: whoever prints
/// them makes them harmless.
namespace milter::imipctl {

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
    Counts reasons;                                              ///< refused messages and events, by reason word
    Counts unchanged;                                            ///< events, by reason word
    Counts proven, unproven;                                     ///< messages
    Counts mail;                                                 ///< decided messages, by what happens to them
};

/// All messages of the archives.
struct Simulation {
    /// Changed rows that are kept; what is beyond is counted only.
    static constexpr std::size_t most_changes = 10'000;

    std::string made_at;                ///< when, for people
    std::vector<std::string> archives;  ///< as they were named
    std::uint64_t messages = 0, bytes = 0;
    std::uint64_t too_large = 0;   ///< messages above `limits: message`, read up to it, as by the daemon
    std::uint64_t unreadable = 0;  ///< files of Maildirs
    std::vector<Results> results;  ///< one or two
    std::uint64_t changes = 0;
    std::map<std::pair<std::string, std::string>, std::uint64_t> kinds_of_change;  ///< shown() before and after
    std::vector<Row> changed;                                                      ///< the first most_changes

    bool compares() const noexcept { return results.size() == 2; }
    bool concerned_anybody() const noexcept;
};

/// What a replay cannot find out, a sentence each.
inline constexpr std::array<std::string_view, 5> not_known{
    "Who was logged in: messages of local users count as messages of strangers, and nothing is learned from them.",
    "The past: calendars, address books and keys are used as they are now; what is in a calendar already is unchanged.",
    "What users changed in their calendars between two messages.", "Late decisions: a deferred message stays deferred.",
    "The order of several archives: they are replayed one after the other."};

/// Counts one message; `judged` are in the order of `results`, `rows` what rows_of() made of them.
void count(Simulation& simulation, const std::vector<JudgedMail>& judged, const std::vector<Row>& rows);

}  // namespace milter::imipctl
