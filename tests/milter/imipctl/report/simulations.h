#pragma once

#include <string>
#include <vector>

#include "milter/imipctl/report/simulation.h"

/// Messages as configurations judge them, and what is counted of them.
namespace simulations {

using namespace milter::imipctl;

inline const MailName name{"box:1", "<1@example.org>", "carol@example.org"};

inline Fate fate(EventOutcome outcome, const std::string& rule = "r", const std::string& mail = "deliver") {
    return {.outcome = outcome, .rule = rule, .place = "p.yaml:1:1", .mail = mail};
}

inline JudgedEvent decided(const std::string& user, const std::string& uid, const Fate& its,
                           const std::string& method = "REQUEST") {
    return {.user = user, .uid = uid, .method = method, .summary = "Planning", .fate = its};
}

inline JudgedMail of(std::vector<JudgedEvent> events) {
    JudgedMail one;
    one.decided = std::move(events);
    one.proof = SenderProof{true, "dkim"};
    return one;
}

inline JudgedMail whole(EventOutcome outcome, const std::string& reason = {}, const std::string& method = {}) {
    JudgedMail one;
    one.whole = {.outcome = outcome, .reason = reason};
    one.method = method;
    if (outcome == EventOutcome::refused) one.proof = SenderProof{false, "no signature"};
    return one;
}

inline Simulation simulate(const std::vector<std::vector<JudgedMail>>& messages) {
    Simulation simulation;
    simulation.made_at = "2026-11-21 09:00 UTC";
    simulation.archives = {"box"};
    for (std::size_t i = 0; i < messages.front().size(); ++i)
        simulation.results.emplace_back().file = i == 0 ? "a.yaml" : "b.yaml";
    for (const auto& judged : messages)
        count(simulation, judged, rows_of(name, judged));
    return simulation;
}

}  // namespace simulations
