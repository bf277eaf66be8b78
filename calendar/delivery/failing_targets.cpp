#include "calendar/delivery/failing_targets.h"

#include <algorithm>

namespace calendar::delivery {

bool FailingTargets::note(const Target& target, TargetState state) {
    if (state == TargetState::working) return pauses_.erase(target) > 0;
    const auto [at, begins] = pauses_.try_emplace(target);
    auto& pause = at->second;
    const auto now = now_();
    if (now < pause.end) return begins;  // tried before the pause began
    pause.length = std::clamp(2 * pause.length, first_pause, longest_pause);
    pause.end = now + pause.length;
    return begins;
}

bool FailingTargets::is_out(const Target& target) const {
    const auto pause = pauses_.find(target);
    return pause != pauses_.end() && pause->second.length >= pause_in_outage;
}

bool FailingTargets::contains_users_of(const std::string& backend) const {
    const auto first = pauses_.upper_bound({backend, {}});
    return first != pauses_.end() && first->first.backend == backend;
}

bool FailingTargets::is_left_alone(const Target& target) const {
    const auto pause = pauses_.find(target);
    return pause != pauses_.end() && now_() < pause->second.end;
}

}  // namespace calendar::delivery
