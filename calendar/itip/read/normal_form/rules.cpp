#include "calendar/itip/read/normal_form/rules.h"

#include <optional>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/time/rule_parts.h"

namespace calendar::itip {

Expected<void> settle_rules(Component& component, Method method) {
    const bool is_single = method == Method::add || component.find("RECURRENCE-ID") != nullptr;
    std::optional<Property> first;
    std::string meaning;
    for (Property& property : component.properties) {
        const bool is_exception = property.is("EXRULE");
        const bool is_list = property.is("RDATE");
        if (!is_exception && !is_list && !property.is("RRULE")) continue;
        const auto wrong = [&](std::string_view what) {
            return refuse(Reason::bad_calendar, fault(component, property, what));
        };
        const bool is_empty = base::trimmed(property.value).empty();
        if (is_single && !is_empty) return wrong("not allowed in a single instance");
        if (is_list) continue;
        if (is_exception && !is_empty)
            return wrong("is obsolete, and programs differ in whether it counts; use EXDATE");
        if (const auto what = is_empty ? std::nullopt : fault_of_rule(property.value)) return wrong(*what);
        if (!is_empty && !first) {
            first = property;
            meaning = meaning_of_rule(property.value);
            continue;
        }
        if (!is_empty && meaning_of_rule(property.value) != meaning) return wrong(says_otherwise(*first, property));
        property.name.clear();
    }
    component.remove("");
    return {};
}

void drop_faulty_rules(Component& component, Dropped& dropped) {
    std::erase_if(component.properties, [&](const Property& property) {
        const bool goes =
            property.is("RRULE") && !base::trimmed(property.value).empty() && fault_of_rule(property.value);
        if (goes) dropped.add(Dropped::What::value, property.line, property.name);
        return goes;
    });
}

}  // namespace calendar::itip
