#include "policy/config/read_sections.h"

namespace policy::config {

void read_keep(Section& top, Config& config) {
    using namespace std::chrono_literals;
    constexpr std::chrono::seconds day = 24h, longest = 3650 * day;
    const Value* value = top.find("keep");
    if (value == nullptr) return;
    Section section(*value, "keep", top.mistakes());
    section.duration("done", config.keep.done, day, longest);
    section.duration("audit", config.keep.audit, day, longest);
    section.duration("marks", config.keep.marks, day, longest);
    section.finish();
}

}  // namespace policy::config
