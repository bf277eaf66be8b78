#include "calendar/itip/time/ical.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <libical/ical.h>

#include "calendar/base/free_with.h"
#include "calendar/base/text.h"
#include "calendar/itip/text/quoted.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

using OwnedComponent = std::unique_ptr<icalcomponent, base::FreeWith<&icalcomponent_free>>;

constexpr std::array<std::string_view, 8> judged_components{"VCALENDAR", "VEVENT",    "VTODO",    "VJOURNAL",
                                                            "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT"};
constexpr std::array<std::string_view, 5> dates{"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "DTSTAMP"};
constexpr std::array<std::string_view, 2> date_lists{"RDATE", "EXDATE"};
constexpr std::array<std::string_view, 2> rules{"RRULE", "EXRULE"};
constexpr std::array<std::string_view, 8> others{"METHOD",  "UID",  "ORGANIZER",    "ATTENDEE",
                                                 "VERSION", "TZID", "TZOFFSETFROM", "TZOFFSETTO"};
constexpr std::array<std::string_view, 2> offsets{"TZOFFSETFROM", "TZOFFSETTO"};
constexpr std::size_t longest_value_type = 16;  // bytes of DATE-TIME, PERIOD …
constexpr std::string_view dummy_product = "-//example.org//validate//EN";

template <std::size_t N>
bool among(const Property& property, const std::array<std::string_view, N>& names) noexcept {
    return std::ranges::any_of(names, [&](std::string_view name) { return property.is(name); });
}

tl::unexpected<Refusal> bad(const Component& component, std::string_view what) {
    return refuse(Reason::bad_calendar, fault(component, what));
}
tl::unexpected<Refusal> bad(const Component& component, const Property& property, std::string_view what) {
    return refuse(Reason::bad_calendar, fault(component, property, what));
}

/// The words of STATUS (RFC 5545 3.8.1.11); none for a component that has no STATUS.
constexpr std::string_view statuses_of(std::string_view component) noexcept {
    if (component == "VEVENT") return "TENTATIVE, CONFIRMED, CANCELLED";
    if (component == "VTODO") return "NEEDS-ACTION, COMPLETED, IN-PROCESS, CANCELLED";
    if (component == "VJOURNAL") return "DRAFT, FINAL, CANCELLED";
    return {};
}

bool has_word(std::string_view list, std::string_view word) {
    bool found = false;
    base::for_each_piece(list, ',',
                         [&](std::string_view piece) { found = found || base::same_word(base::trimmed(piece), word); });
    return found;
}

/// An offset from UTC of a day or more, or with more than 59 minutes or seconds (RFC 5545 3.3.14).
bool beyond_a_day(std::string_view offset) noexcept {
    if (offset.starts_with('+') || offset.starts_with('-')) offset.remove_prefix(1);
    if (!base::digits_only(offset)) return false;  // libical's to judge
    return offset.substr(0, 2) > "23" || (offset.size() > 2 && offset[2] > '5') ||
           (offset.size() > 4 && offset[4] > '5');
}

/// Our own judgement of a value that libical is too lenient with (it takes February 31st, 25 o'clock and a DURATION
/// that wraps).
Expected<void> check_value(const Component& component, const Property& property) {
    const bool is_list = among(property, date_lists);
    if (base::trimmed(property.value).empty() && (is_list || among(property, rules) || property.is("DURATION")))
        return {};
    if ((among(property, dates) || is_list) && !moments_of(property))
        return bad(component, property, about_value(property.value, "is not a date"));
    if (among(property, dates) && property.value.find(',') != std::string::npos)
        return bad(component, property, "more than one value");
    if (property.is("DURATION")) {
        const auto seconds = duration_seconds(base::trimmed(property.value));
        if (!seconds) return bad(component, property, about_value(property.value, "is not a duration"));
        if (*seconds < 0) return bad(component, property, "negative");
    }
    if (property.is("STATUS"))
        if (const auto words = statuses_of(component.name);
            !words.empty() && !has_word(words, base::trimmed(property.value)))
            return bad(component, property,
                       fmt::format("'{}' is not valid; valid values: {}",
                                   base::trimmed(property.value).substr(0, longest_quoted), words));
    if (among(property, offsets) && beyond_a_day(base::trimmed(property.value)))
        return bad(component, property, about_value(property.value, "is not an offset below 24 hours"));
    return {};
}

/// DTSTART and DTEND as a pair (RFC 5545 3.8.2.2). An event that lasts no time at all is taken: programs send them.
/// Where one of the zones is unknown, it is unknown which is earlier.
Expected<void> check_end(const Component& component) {
    const Property* const first = component.find("DTSTART");
    const Property* const last = component.find("DTEND");
    const auto start = first == nullptr ? std::nullopt : moment_of(*first);
    const auto end = last == nullptr ? std::nullopt : moment_of(*last);
    if (!start || !end) return {};
    if (start->date != end->date) return bad(component, *last, "must be a date if DTSTART is a date, otherwise a time");
    if (start->floating == end->floating && end->seconds < start->seconds)
        return bad(component, *last, "before DTSTART");
    return {};
}

/// What libical gets to see: the components and properties that scheduling hangs on, and nothing that is known to trip
/// it.
Expected<Component> judged_part(const Component& component) {
    if (auto fine = check_end(component); !fine) return tl::unexpected(fine.error());
    Component part{component.name, {}, {}, component.line};
    if (component.name == "VCALENDAR") part.properties.push_back({"PRODID", {}, std::string(dummy_product)});
    for (const Property& property : component.properties) {
        if (auto fine = check_value(component, property); !fine) return tl::unexpected(fine.error());
        const bool judged = among(property, dates) || among(property, date_lists) || among(property, rules) ||
                            among(property, others) || property.is("DURATION");
        if (!judged || base::trimmed(property.value).empty()) continue;
        part.properties.push_back(property);
        // libical copies the parameters for each value of a list: 500 values with 64 of them would take a gigabyte.
        // Whether the value is a date hangs on VALUE alone; the parties keep theirs, where a misread parameter would
        // show.
        if (!property.is("ORGANIZER") && !property.is("ATTENDEE")) {
            const auto type = property.parameter("VALUE");
            part.properties.back().parameters.clear();
            if (type && type->size() <= longest_value_type) part.properties.back().set_parameter("VALUE", type);
        }
    }
    for (const Component& child : component.components) {
        if (std::ranges::find(judged_components, child.name) == judged_components.end()) continue;
        auto judged = judged_part(child);
        if (!judged) return judged;
        part.components.push_back(std::move(*judged));
    }
    return part;
}

/// Complaints, less those about single parameters: an unknown parameter changes nothing that is compared here.
bool complains(icalcomponent* component) {
    for (icalproperty* p = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY); p != nullptr;
         p = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY)) {
        const icalparameter* const type = icalproperty_get_first_parameter(p, ICAL_XLICERRORTYPE_PARAMETER);
        const icalparameter_xlicerrortype about =
            type == nullptr ? ICAL_XLICERRORTYPE_NONE : icalparameter_get_xlicerrortype(type);
        if (about != ICAL_XLICERRORTYPE_PARAMETERNAMEPARSEERROR && about != ICAL_XLICERRORTYPE_PARAMETERVALUEPARSEERROR)
            return true;
    }
    return false;
}

enum class Compared { text, escaped_text, count, list };

struct Comparison {
    std::string_view name;
    icalproperty_kind kind;
    Compared as;
};

constexpr std::array<Comparison, 13> comparisons{{
    {"ORGANIZER", ICAL_ORGANIZER_PROPERTY, Compared::text},
    {"ATTENDEE", ICAL_ATTENDEE_PROPERTY, Compared::text},
    {"UID", ICAL_UID_PROPERTY, Compared::escaped_text},
    {"TZID", ICAL_TZID_PROPERTY, Compared::escaped_text},
    {"METHOD", ICAL_METHOD_PROPERTY, Compared::count},
    {"DTSTART", ICAL_DTSTART_PROPERTY, Compared::count},
    {"DTEND", ICAL_DTEND_PROPERTY, Compared::count},
    {"DUE", ICAL_DUE_PROPERTY, Compared::count},
    {"DURATION", ICAL_DURATION_PROPERTY, Compared::count},
    {"RECURRENCE-ID", ICAL_RECURRENCEID_PROPERTY, Compared::count},
    {"RRULE", ICAL_RRULE_PROPERTY, Compared::count},
    {"RDATE", ICAL_RDATE_PROPERTY, Compared::list},
    {"EXDATE", ICAL_EXDATE_PROPERTY, Compared::list},
}};

/// What the comparison looks at in one value: libical escapes TEXT anew, and only counts matter where dates were judged
/// already.
std::string seen_as(Compared as, std::string value) {
    switch (as) {
        case Compared::text:
            return value;
        case Compared::escaped_text:
            std::erase(value, '\\');
            return value;
        case Compared::count:
        case Compared::list:
            return {};
    }
    return {};
}

std::vector<std::string> our_values(const Component& component, const Comparison& comparison) {
    std::vector<std::string> values;
    for (const Property& property : component.properties) {
        if (!property.is(comparison.name)) continue;
        const auto more = comparison.as == Compared::list ? std::ranges::count(property.value, ',') : 0;
        values.insert(values.end(), static_cast<std::size_t>(more) + 1,
                      seen_as(comparison.as, std::string(base::trimmed(property.value))));
    }
    return values;
}

/// A list is as many properties in libical as it has values.
std::vector<std::string> their_values(icalcomponent* component, const Comparison& comparison) {
    std::vector<std::string> values;
    for (icalproperty* p = icalcomponent_get_first_property(component, comparison.kind); p != nullptr;
         p = icalcomponent_get_next_property(component, comparison.kind)) {
        const char* const text = icalproperty_get_value_as_string(p);
        values.push_back(seen_as(comparison.as, std::string(base::trimmed(text == nullptr ? "" : text))));
    }
    return values;
}

/// libical puts every VTIMEZONE before all that it read earlier.
std::vector<const Component*> in_their_order(const std::vector<Component>& components) {
    std::vector<const Component*> order;
    for (const Component& component : components)
        if (component.name == "VTIMEZONE") order.insert(order.begin(), &component);
    for (const Component& component : components)
        if (component.name != "VTIMEZONE") order.push_back(&component);
    return order;
}

Expected<void> same(const Component& ours, icalcomponent* theirs) {
    if (icalcomponent_isa(theirs) != icalcomponent_string_to_kind(ours.name.c_str()))
        return bad(ours, "libical reads it as another component");
    if (complains(theirs)) return bad(ours, "a value is not valid for libical");
    for (const Comparison& comparison : comparisons)
        if (our_values(ours, comparison) != their_values(theirs, comparison))
            return bad(ours, fmt::format("{} is read differently by libical", comparison.name));
    for (icalproperty* p = icalcomponent_get_first_property(theirs, ICAL_RRULE_PROPERTY); p != nullptr;
         p = icalcomponent_get_next_property(theirs, ICAL_RRULE_PROPERTY))
        if (icalproperty_get_rrule(p).freq == ICAL_NO_RECURRENCE) return bad(ours, "RRULE is not a recurrence rule");

    icalcomponent* child = icalcomponent_get_first_component(theirs, ICAL_ANY_COMPONENT);
    for (const Component* const our_child : in_their_order(ours.components)) {
        if (child == nullptr) return bad(ours, "libical reads fewer components");
        if (auto fine = same(*our_child, child); !fine) return fine;
        child = icalcomponent_get_next_component(theirs, ICAL_ANY_COMPONENT);
    }
    if (child != nullptr) return bad(ours, "libical reads more components");
    return {};
}

Expected<void> read_alike(const Component& vcalendar) {
    const OwnedComponent theirs(icalparser_parse_string(write_document(vcalendar).c_str()));
    if (theirs == nullptr) return bad(vcalendar, "libical cannot read it");
    return same(vcalendar, theirs.get());
}

/// The property that libical does not read as we do even when it stands alone, as a refusal; none when each of them is
/// fine alone.
std::optional<Refusal> culprit(const Component& part) {
    for (const Property& property : part.properties) {
        Component alone{"VCALENDAR", {{"PRODID", {}, std::string(dummy_product)}}, {}};
        if (part.name == "VCALENDAR")
            alone.properties = {property};
        else
            alone.components.push_back({part.name, {property}, {}});
        if (!read_alike(alone))
            return Refusal{Reason::bad_calendar, fault(part, property, "not valid, or read differently by libical")};
    }
    for (const Component& child : part.components)  // bounded: depth
        if (auto found = culprit(child)) return found;
    return std::nullopt;
}

}  // namespace

Expected<void> validate(const Component& vcalendar) {
    const auto part = judged_part(vcalendar);
    if (!part) return tl::unexpected(part.error());
    auto fine = read_alike(*part);
    if (fine) return fine;
    return tl::unexpected(culprit(*part).value_or(std::move(fine.error())));
}

}  // namespace calendar::itip
