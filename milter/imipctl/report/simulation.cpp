#include "milter/imipctl/report/simulation.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace milter::imipctl {

namespace {

using Event = std::pair<std::string, std::string>;  // user, UID
using Fates = std::map<Event, const Fate*>;

/// What one configuration decided, to be looked up: a mail may hold many events for many users.
Fates fates_of(const JudgedMail& one) {
    Fates fates;
    for (const auto& decided : one.decided)
        fates.try_emplace({decided.user, decided.uid}, &decided.fate);
    return fates;
}

/// Of an event that some configuration decided about.
Fate fate_of(const Event& event, const Fates& fates, const Fate& of_whole_mail) {
    const auto found = fates.find(event);
    if (found != fates.end()) return *found->second;
    return fates.empty() ? of_whole_mail : Fate{.outcome = EventOutcome::not_ours};
}

bool concerns(const JudgedMail& one) {
    return !one.decided.empty() || one.whole.outcome == EventOutcome::refused;
}

std::string method_of_whole(const std::vector<JudgedMail>& judged) {
    const auto named =
        std::find_if(judged.begin(), judged.end(), [](const JudgedMail& one) { return !one.method.empty(); });
    return std::string(named == judged.end() ? unknown_method : named->method);
}

void count(Results& results, const JudgedMail& one) {
    if (one.proof) ++(one.proof->proven ? results.proven : results.unproven)[one.proof->how];
    if (one.decided.empty()) {
        ++results.undecided[one.whole.outcome];
        if (one.whole.outcome != EventOutcome::refused) return;
        ++results.reasons[one.whole.reason];
        ++results.methods[one.method.empty() ? std::string(unknown_method) : one.method][EventOutcome::refused];
        return;
    }
    ++results.decided;
    ++results.mail[one.decided.front().fate.mail];
    for (const auto& decided : one.decided) {
        ++results.methods[decided.method][decided.fate.outcome];
        if (decided.fate.outcome == EventOutcome::refused) ++results.reasons[decided.fate.reason];
        if (!decided.fate.rule.empty()) ++results.rules[{decided.fate.rule, decided.fate.place}][decided.fate.outcome];
    }
}

}  // namespace

std::string_view word(EventOutcome outcome) noexcept {
    switch (outcome) {
        case EventOutcome::applied:
            return "applied";
        case EventOutcome::held:
            return "held";
        case EventOutcome::ignored:
            return "ignored";
        case EventOutcome::deferred:
            return "deferred";
        case EventOutcome::refused:
            return "refused";
        case EventOutcome::not_ours:
            return "not_ours";
        case EventOutcome::no_calendar:
            return "no_calendar";
    }
    return "";
}

bool same_fate(const Fate& a, const Fate& b) noexcept {
    return a.outcome == b.outcome && a.mail == b.mail;
}

std::string shown(const Fate& fate) {
    std::string text(word(fate.outcome));
    return fate.mail == "deliver" ? text : text + ", mail " + fate.mail;
}

bool Row::changed() const noexcept {
    return std::any_of(fates.begin(), fates.end(), [&](const Fate& fate) { return !same_fate(fate, fates.front()); });
}

std::vector<Row> rows_of(const MailName& mail, const std::vector<JudgedMail>& judged) {
    std::vector<Fates> fates;
    fates.reserve(judged.size());
    for (const auto& one : judged)
        fates.push_back(fates_of(one));
    std::vector<Row> rows;
    std::set<Event> seen;
    for (const auto& one : judged) {
        for (const auto& decided : one.decided) {
            const Event event{decided.user, decided.uid};
            if (!seen.insert(event).second) continue;
            rows.push_back({.mail = mail,
                            .user = decided.user,
                            .uid = decided.uid,
                            .method = decided.method,
                            .summary = decided.summary});
            for (std::size_t i = 0; i < judged.size(); ++i)
                rows.back().fates.push_back(fate_of(event, fates[i], judged[i].whole));
        }
    }
    if (rows.empty() && std::any_of(judged.begin(), judged.end(), concerns)) {
        rows.push_back({.mail = mail, .method = method_of_whole(judged)});
        for (const auto& one : judged)
            rows.back().fates.push_back(one.whole);
    }
    return rows;
}

std::uint64_t times(const Tally& tally, EventOutcome outcome) noexcept {
    const auto found = tally.find(outcome);
    return found == tally.end() ? 0 : found->second;
}

std::uint64_t total(const Tally& tally) noexcept {
    return std::accumulate(tally.begin(), tally.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

bool Simulation::concerned_anybody() const noexcept {
    return std::any_of(results.begin(), results.end(), [](const Results& one) {
        return one.decided > 0 || times(one.undecided, EventOutcome::refused) > 0;
    });
}

void count(Simulation& simulation, const std::vector<JudgedMail>& judged, const std::vector<Row>& rows) {
    ++simulation.mails;
    for (std::size_t i = 0; i < judged.size(); ++i)
        count(simulation.results.at(i), judged[i]);
    for (const auto& row : rows) {
        if (!row.changed()) continue;
        ++simulation.changes;
        ++simulation.kinds_of_change[{shown(row.fates.front()), shown(row.fates.back())}];
        if (simulation.changed.size() < Simulation::most_changes) simulation.changed.push_back(row);
    }
}

}  // namespace milter::imipctl
