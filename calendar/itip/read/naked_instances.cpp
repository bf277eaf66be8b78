#include "calendar/itip/read/naked_instances.h"

#include <set>
#include <string>
#include <utility>

namespace calendar::itip {

bool is_made_up(const Component& master) {
    const Property* const mark = master.find("X-MOZ-FAKED-MASTER");
    return mark != nullptr && mark->value != "0" && master.find("RRULE") == nullptr &&
           master.find("RECURRENCE-ID") == nullptr;
}

std::vector<Component> take_made_up_masters(Component& vcalendar) {
    std::vector<Component> taken;
    std::set<std::string> with_instances;
    for (const Component& component : vcalendar.components)
        if (component.find("RECURRENCE-ID") != nullptr) with_instances.insert(component.value("UID"));
    std::erase_if(vcalendar.components, [&](Component& component) {
        if (!is_made_up(component) || !with_instances.contains(component.value("UID"))) return false;
        taken.push_back(std::move(component));
        return true;
    });
    return taken;
}

}  // namespace calendar::itip
