#include "policy/config/sections.h"

namespace policy::config {

void read_hazards(Section& top, Config& config) {
    using namespace std::chrono_literals;
    constexpr std::chrono::seconds ten_years = 24h * 3650;
    const Value* value = top.find("hazards");
    if (value == nullptr) return;
    calendar::itip::HazardLimits& limits = config.hazards;
    Section section(*value, "hazards", top.mistakes());
    std::chrono::seconds shortest_repeat(limits.shortest_repeat);
    section.duration("shortest_repeat", shortest_repeat, 0s, ten_years);
    limits.shortest_repeat = shortest_repeat.count();
    std::chrono::seconds longest(limits.longest);
    section.duration("longest", longest, 1s, ten_years);
    limits.longest = longest.count();
    section.count("attendees", limits.attendees, 1, 10'000);
    section.count("alarms", limits.alarms, 0, 10'000);
    section.count("attachments", limits.attachments, 0, 10'000);
    std::chrono::seconds horizon(limits.horizon);
    section.duration("horizon", horizon, 24h, ten_years);
    limits.horizon = horizon.count();
    section.count("instances", limits.instances, 1, 10'000);
    section.boolean("overlap", limits.overlap);
    std::chrono::seconds far_future(limits.far_future);
    section.duration("far_future", far_future, 24h, 10 * ten_years);
    limits.far_future = far_future.count();
    section.finish();
}

}  // namespace policy::config
