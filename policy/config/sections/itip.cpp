#include "policy/config/read_sections.h"

namespace policy::config {

void read_itip(Section& top, Config& config) {
    const Value* value = top.find("itip");
    if (value == nullptr) return;
    Mistakes& mistakes = top.mistakes();
    Section section(*value, "itip", mistakes);
    for (const std::string_view key :
         {"cancelled", "cancelled_instance", "party_crashers", "delegation", "organizer_change", "delegates"}) {
        const Value* choice = section.find(key);
        if (choice == nullptr) continue;
        const auto word = read_text(*choice, section.name(key), mistakes);
        if (!word) continue;
        if (const auto set = config.itip.set(key, *word); !set) mistakes.add(choice->place, set.error());
    }
    section.boolean("strip_alarms", config.itip.strip_alarms);
    section.finish();
}

}  // namespace policy::config
