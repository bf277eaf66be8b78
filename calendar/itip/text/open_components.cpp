#include "calendar/itip/text/open_components.h"

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"

namespace calendar::itip {

namespace {

constexpr std::size_t longest_component_name = 64;

tl::unexpected<Refusal> bad(std::string what) {
    return refuse(Reason::bad_calendar, std::move(what));
}

}  // namespace

tl::unexpected<Refusal> too_many(std::string_view what, std::size_t most) {
    return refuse(Reason::too_complex, fmt::format("more than {} {}", most, what));
}

Expected<void> OpenComponents::begin(const std::string& name, std::size_t line) {
    if (open_.size() == CalendarLimits::depth)
        return refuse(Reason::too_deep, fmt::format("components are nested more than {} deep", CalendarLimits::depth));
    if ((name == "VCALENDAR") != open_.empty())
        return bad("BEGIN:" + name + (open_.empty() ? " outside of VCALENDAR" : " inside of VCALENDAR"));
    if (!open_.empty() && !may_stand_in(innermost().component.name, name))
        return bad(name + " is not allowed inside of " + innermost().component.name);
    if (++counts.components > limits_.components + 1) return too_many("components", limits_.components);
    if ((name == "STANDARD" || name == "DAYLIGHT") && ++counts.observances > limits_.observances)
        return too_many("time zone observances", limits_.observances);
    open_.push_back({.component = {name, {}, {}, line}, .place = PropertyRule::place(name)});
    return {};
}

Expected<void> OpenComponents::check_end(const std::string& name) const {
    if (open_.empty()) return bad("END:" + name + " outside of VCALENDAR");
    if (name != innermost().component.name) return bad("does not match BEGIN:" + innermost().component.name);
    return {};
}

void OpenComponents::close(std::vector<Component>& calendars) {
    Component closed = std::move(innermost().component);
    open_.pop_back();
    (open_.empty() ? calendars : innermost().component.components).push_back(std::move(closed));
}

void OpenComponents::cut(std::size_t size) {
    while (open_.size() > size)
        open_.pop_back();
}

Expected<std::string> component_named(std::string_view line) {
    const auto property = parse_content_line(line);
    if (!property) return tl::unexpected(property.error());
    std::string name = base::uppered(base::trimmed(property->value));
    const bool usable = !name.empty() && name.size() <= longest_component_name && base::letters_digits_or(name, "-_");
    if (!usable || !property->parameters.empty()) return bad("must name a component");
    return name;
}

}  // namespace calendar::itip
