#include "milter/imipctl/report/simulation.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace milter::imipctl {

namespace {

using Event = std::pair<std::string, std::string>;  // user, UID
using Fates = std::map<Event, const Fate*>;

/// What one configuration decided, to be looked up: a mail may hold many events for many users.
Fates fates_of(const Ruling& ruling) {
    Fates fates;
    for (const auto& decided : ruling.decided)
        fates.try_emplace({decided.user, decided.uid}, &decided.fate);
    return fates;
}

/// Of an event that some configuration decided about.
Fate fate_of(const Event& event, const Fates& fates, const Fate& of_whole_mail) {
    const auto found = fates.find(event);
    if (found != fates.end()) return *found->second;
    return fates.empty() ? of_whole_mail : Fate{Outcome::not_ours, {}, {}, {}, "deliver"};
}

bool concerns(const Ruling& ruling) {
    return !ruling.decided.empty() || ruling.whole.outcome == Outcome::refused;
}

std::string method_of_whole(const std::vector<Ruling>& rulings) {
    const auto named =
        std::find_if(rulings.begin(), rulings.end(), [](const Ruling& ruling) { return !ruling.method.empty(); });
    return std::string(named == rulings.end() ? unknown_method : named->method);
}

void count(Results& results, const Ruling& ruling) {
    if (ruling.proof) ++(ruling.proof->proven ? results.proven : results.unproven)[ruling.proof->how];
    if (ruling.decided.empty()) {
        ++results.undecided[ruling.whole.outcome];
        if (ruling.whole.outcome != Outcome::refused) return;
        ++results.reasons[ruling.whole.reason];
        ++results.methods[ruling.method.empty() ? std::string(unknown_method) : ruling.method][Outcome::refused];
        return;
    }
    ++results.decided;
    ++results.mail[ruling.decided.front().fate.mail];
    for (const auto& decided : ruling.decided) {
        ++results.methods[decided.method][decided.fate.outcome];
        if (!decided.fate.rule.empty()) ++results.rules[{decided.fate.rule, decided.fate.place}][decided.fate.outcome];
    }
}

}  // namespace

std::string_view word(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::applied:
            return "applied";
        case Outcome::held:
            return "held";
        case Outcome::ignored:
            return "ignored";
        case Outcome::deferred:
            return "deferred";
        case Outcome::refused:
            return "refused";
        case Outcome::not_ours:
            return "not_ours";
        case Outcome::no_calendar:
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

std::vector<Row> rows_of(const MailName& mail, const std::vector<Ruling>& rulings) {
    std::vector<Fates> fates;
    fates.reserve(rulings.size());
    for (const auto& ruling : rulings)
        fates.push_back(fates_of(ruling));
    std::vector<Row> rows;
    std::set<Event> seen;
    for (const auto& ruling : rulings) {
        for (const auto& decided : ruling.decided) {
            const Event event{decided.user, decided.uid};
            if (!seen.insert(event).second) continue;
            rows.push_back({mail, decided.user, decided.uid, decided.method, decided.summary, {}});
            for (std::size_t i = 0; i < rulings.size(); ++i)
                rows.back().fates.push_back(fate_of(event, fates[i], rulings[i].whole));
        }
    }
    if (rows.empty() && std::any_of(rulings.begin(), rulings.end(), concerns)) {
        rows.push_back({mail, {}, {}, method_of_whole(rulings), {}, {}});
        for (const auto& ruling : rulings)
            rows.back().fates.push_back(ruling.whole);
    }
    return rows;
}

std::uint64_t times(const Tally& tally, Outcome outcome) noexcept {
    const auto found = tally.find(outcome);
    return found == tally.end() ? 0 : found->second;
}

std::uint64_t total(const Tally& tally) noexcept {
    return std::accumulate(tally.begin(), tally.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

bool Simulation::concerned_anybody() const noexcept {
    return std::any_of(results.begin(), results.end(), [](const Results& one) {
        return one.decided > 0 || times(one.undecided, Outcome::refused) > 0;
    });
}

void count(Simulation& simulation, const std::vector<Ruling>& rulings, const std::vector<Row>& rows) {
    ++simulation.mails;
    for (std::size_t i = 0; i < rulings.size(); ++i)
        count(simulation.results.at(i), rulings[i]);
    for (const auto& row : rows) {
        if (!row.changed()) continue;
        ++simulation.changes;
        ++simulation.kinds_of_change[{shown(row.fates.front()), shown(row.fates.back())}];
        if (simulation.changed.size() < Simulation::most_changes) simulation.changed.push_back(row);
    }
}

}  // namespace milter::imipctl
