#include "milter/imipctl/report/simulation.h"

#include <algorithm>
#include <numeric>

namespace milter::imipctl {

namespace {

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
        if (decided.fate.outcome == EventOutcome::unchanged) ++results.unchanged[decided.fate.reason];
        if (!decided.fate.rule.empty()) ++results.rules[{decided.fate.rule, decided.fate.place}][decided.fate.outcome];
    }
}

}  // namespace

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
    ++simulation.messages;
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
