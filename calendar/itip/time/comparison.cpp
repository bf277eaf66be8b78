#include "calendar/itip/time/comparison.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "calendar/base/text.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/instance.h"
#include "calendar/itip/time/rule_parts.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

namespace {

std::optional<Moment> at(const Component& component, std::string_view name) {
    const Property* const property = component.find(name);
    return property == nullptr ? std::nullopt : moment_of(*property);
}

/// The end as it is said or follows (RFC 5545 3.6.1): DTEND or DUE, DURATION from the start, the day of a DATE, else
/// the start.
std::optional<std::int64_t> end_of(const Component& component) {
    for (const auto* const name : {"DTEND", "DUE"})
        if (const auto end = at(component, name)) return end->seconds;
    const auto start = at(component, "DTSTART");
    if (!start) return std::nullopt;
    if (const Property* const duration = component.find("DURATION"))
        return start->seconds + duration_seconds(duration->value).value_or(0);
    return start->seconds + (start->date ? day_seconds : 0);
}

bool says_end(const Component& component) {
    return component.find("DTEND") != nullptr || component.find("DUE") != nullptr ||
           component.find("DURATION") != nullptr;
}

/// How long it is by the clock on the wall, where start and end are of one zone.
std::optional<std::int64_t> length_by_clock(const Component& component) {
    const Property* const start = component.find("DTSTART");
    const Property* const end = component.find(component.find("DUE") == nullptr ? "DTEND" : "DUE");
    if (start == nullptr || end == nullptr || start->parameter("TZID") != end->parameter("TZID")) return std::nullopt;
    const auto from = wall_clock(base::trimmed(start->value));
    const auto to = wall_clock(base::trimmed(end->value));
    return from && to ? std::optional(to->seconds() - from->seconds()) : std::nullopt;
}

bool as_long(const Component& a, const Component& b) {
    const auto clock = length_by_clock(a);
    if (clock && clock == length_by_clock(b)) return true;  // over a change of clocks too
    const auto start = at(a, "DTSTART");
    const auto other = at(b, "DTSTART");
    const auto end = end_of(a);
    const auto other_end = end_of(b);
    return start && other && end && other_end && *end - start->seconds == *other_end - other->seconds;
}

/// A period as its start and its end, both instants; none when it is not a period.
std::optional<std::string> period(const DateValue& date) {
    const auto slash = date.text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto start = moment_of(date.text, date.zone);
    const auto length = duration_seconds(base::trimmed(date.text.substr(slash + 1)));
    const auto end = length ? std::nullopt : moment_of(date.text.substr(slash + 1), date.zone);
    if (!start || (!length && !end)) return std::nullopt;
    return std::to_string(start->seconds) + '/' + std::to_string(end ? end->seconds : start->seconds + *length);
}

/// The dates as instants where they are ones, else as they are written (unknown forms), in order.
std::vector<std::string> dates(const Component& component, std::string_view name) {
    std::vector<std::string> texts;
    for_each_date(component, name, [&](const DateValue& single) {
        if (auto text = period(single)) return texts.push_back(std::move(*text));
        const auto date =
            single.text.find('/') == std::string_view::npos ? moment_of(single.text, single.zone) : std::nullopt;
        texts.push_back(date ? std::to_string(date->seconds) + (date->date ? "D" : "") : base::uppered(single.text));
    });
    std::ranges::sort(texts);
    texts.erase(std::ranges::unique(texts).begin(), texts.end());
    return texts;
}

std::vector<std::string> rules(const Component& component) {
    std::vector<std::string> texts;
    for (const Property& property : component.properties)
        if (property.is("RRULE") || property.is("EXRULE"))
            texts.push_back(base::uppered(property.name) + ' ' + meaning_of_rule(property.value));
    std::ranges::sort(texts);
    return texts;
}

/// Do the clocks of two series stay together over the year?
bool same_zone(const Component& a, const Component& b) {
    const Property* const first = a.find("DTSTART");
    const Property* const second = b.find("DTSTART");
    return first == nullptr || second == nullptr || offsets_over_the_year(*first) == offsets_over_the_year(*second);
}

}  // namespace

std::string offsets_over_the_year(const Property& start) {
    auto clock = wall_clock(base::trimmed(start.value));
    const Zone zone = zone_of(start);
    std::string text;
    for (unsigned month = 1; clock && month <= 12; ++month) {
        clock->day = clock->day.year() / std::chrono::month(month) / 15;
        const auto offset = clock->utc ? 0 : zone.offset_at(*clock);
        text += offset ? std::to_string(*offset) + ' ' : "floating ";
    }
    return text;
}

bool same_start(const Component& a, const Component& b) {
    const auto first = at(a, "DTSTART");
    const auto second = at(b, "DTSTART");
    if (!first || !second) return !first && !second && a.value("DTSTART") == b.value("DTSTART");
    return first->seconds == second->seconds && first->date == second->date && first->floating == second->floating;
}

bool same_rhythm(const Component& a, const Component& b) {
    return same_start(a, b) && end_of(a) == end_of(b) && rules(a) == rules(b) &&
           (rules(a).empty() || same_zone(a, b)) && dates(a, "RDATE") == dates(b, "RDATE");
}

bool same_times(const Component& a, const Component& b) {
    return same_rhythm(a, b) && dates(a, "EXDATE") == dates(b, "EXDATE");
}

bool same_start_and_end(const Component& reply, const Component& stored) {
    const bool says_when = reply.find("DTSTART") != nullptr || (stored.find("DTSTART") == nullptr && says_end(reply));
    return says_when && same_start(reply, stored) && (!says_end(reply) || end_of(reply) == end_of(stored));
}

bool as_governed(const Component& instance, const Component& governing) {
    const auto start = at(instance, "DTSTART");
    const auto original = at(instance, "RECURRENCE-ID");
    const auto first = at(governing, "DTSTART");
    const auto first_original = governing.find("RECURRENCE-ID") == nullptr ? first : at(governing, "RECURRENCE-ID");
    return start && original && first && first_original && start->date == first->date &&
           start->seconds - original->seconds == first->seconds - first_original->seconds &&
           as_long(instance, governing);
}

}  // namespace calendar::itip
