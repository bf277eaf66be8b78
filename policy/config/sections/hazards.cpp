#include "policy/config/read_sections.h"

namespace policy::config {

void read_hazards(Section& top, Config& config) {
    using namespace std::chrono_literals;
    using std::chrono::seconds;
    constexpr seconds ten_years = 24h * 3650;
    const Value* value = top.find("hazards");
    if (value == nullptr) return;
    calendar::itip::HazardLimits& limits = config.hazards;
    Section section(*value, "hazards", top.mistakes());
    const auto span = [&](std::string_view key, long long& target, seconds least, seconds most) {
        seconds read(target);
        section.duration(key, read, least, most);
        target = read.count();
    };
    span("shortest_repeat", limits.shortest_repeat, 0s, ten_years);
    span("longest", limits.longest, 1s, ten_years);
    section.count("attendees", limits.attendees, 1, 10'000);
    section.count("alarms", limits.alarms, 0, 10'000);
    section.count("attachments", limits.attachments, 0, 10'000);
    span("horizon", limits.horizon, 24h, ten_years);
    section.count("instances", limits.instances, 1, 10'000);
    section.boolean("overlap", limits.overlap);
    span("far_future", limits.far_future, 24h, 10 * ten_years);
    section.finish();
}

}  // namespace policy::config
