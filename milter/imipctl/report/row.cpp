#include "milter/imipctl/report/row.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace milter::imipctl {

namespace {

using Event = std::pair<std::string, std::string>;  // user, UID
using Fates = std::map<Event, const Fate*>;

/// What one configuration decided, to be looked up: a message may hold many events for many users.
Fates fates_of(const JudgedMail& one) {
    Fates fates;
    for (const auto& decided : one.decided)
        fates.try_emplace({decided.user, decided.uid}, &decided.fate);
    return fates;
}

/// Of an event that some configuration decided about.
Fate fate_of(const Event& event, const Fates& fates, const Fate& of_whole_message) {
    const auto found = fates.find(event);
    if (found != fates.end()) return *found->second;
    return fates.empty() ? of_whole_message : Fate{.outcome = EventOutcome::not_ours};
}

bool concerns(const JudgedMail& one) {
    return !one.decided.empty() || one.whole.outcome == EventOutcome::refused;
}

std::string method_of_whole(const std::vector<JudgedMail>& judged) {
    const auto named =
        std::find_if(judged.begin(), judged.end(), [](const JudgedMail& one) { return !one.method.empty(); });
    return std::string(named == judged.end() ? unknown_method : named->method);
}

}  // namespace

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

}  // namespace milter::imipctl
