#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "milter/imipctl/report/simulation.h"

/// A simulation for people and for programs. Pure; texts from messages are made harmless for where they go.
namespace milter::imipctl {

/// For a terminal: printable ASCII.
std::string table_of(const Simulation& simulation);

/// ```
/// {"made_at": "…", "archives": ["…"], "messages": 20000, "bytes": 123, "too_large": 0, "unreadable": 0,
///  "not_known": ["…"],
///  "configurations": [
///    {"file": "a.yaml",
///     "messages": {"decided": 9, "refused": 1, "not_ours": 4, "no_calendar": 19986},
///     "methods": {"REQUEST": {"applied": 5, "held": 0, "ignored": 2, "deferred": 0, "refused": 1,
///                             "unchanged": 0}, …},
///     "rules": [{"name": "…", "place": "a.yaml:9:5", "applied": 5, …}, …],
///     "reasons": {"bad_calendar": 1}, "unchanged": {"duplicate": 1},
///     "mail": {"deliver": 9},
///     "proven": {"dkim": 6}, "unproven": {"permerror: no key": 4}}, …],
///  "changes": null or
///    {"count": 3, "left_out": 0,
///     "kinds": [{"before": "applied", "after": "ignored, mail reject", "count": 3}],
///     "messages": [{"place": "inbox:17", "message_id": "<…>", "from": "…", "user": "bob", "uid": "…",
///                   "method": "REQUEST", "summary": "…", "before": FATE, "after": FATE}, …]}}
/// ```
/// FATE is `{"outcome", "reason", "rule", "place", "mail"}`; reason, rule and place are null when there is none, user,
/// uid and summary when it is a whole message. In `methods` and `rules` an event counts once a user; refused ones, and
/// everything else, are messages. `left_out`: changes beyond
/// Simulation::most_changes. `too_large`: messages above the limit; those that look like calendar messages so far are
/// refused.
nlohmann::json json_of(const Simulation& simulation);

/// The first line of the CSV (RFC 4180), and the line of one row. A space stands for each hidden character. Texts that
/// a spreadsheet would take for a formula get a ' in front.
std::string csv_header(const Simulation& simulation);
std::string csv_line(const Row& row);

}  // namespace milter::imipctl
