#include "milter/imipctl/report/fate.h"

namespace milter::imipctl {

std::string_view word(EventOutcome outcome) noexcept {
    switch (outcome) {
        case EventOutcome::applied:
            return "applied";
        case EventOutcome::unchanged:
            return "unchanged";
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

}  // namespace milter::imipctl
