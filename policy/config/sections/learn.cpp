#include "policy/config/read_sections.h"

namespace policy::config {

void read_learn(Section& top, Config& config) {
    using namespace std::chrono_literals;
    const Value* value = top.find("learn");
    if (value == nullptr) return;
    Section section(*value, "learn", top.mistakes());
    section.boolean("invitations", config.learn.invitations);
    section.boolean("recipients", config.learn.recipients);
    section.duration("keep", config.learn.bounds.keep, std::chrono::seconds(24h), std::chrono::seconds(24h * 3650));
    section.count("most", config.learn.bounds.most, 1, 1'000'000);
    section.finish();
}

}  // namespace policy::config
