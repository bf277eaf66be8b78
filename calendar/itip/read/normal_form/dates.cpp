#include "calendar/itip/read/normal_form/dates.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/text/quoted.h"
#include "calendar/itip/time/comparison.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

namespace {

/// Values that can stand in one line.
struct Kind {
    std::string_view type;  ///< the word of VALUE
    bool utc = false;
    auto operator<=>(const Kind&) const = default;
};

/// As it is written, or begins; none when it is not a date.
std::optional<WallClock> clock_of(std::string_view value) {
    return wall_clock(base::trimmed(value.substr(0, value.find('/'))));
}

Kind kind_of(std::string_view value, const WallClock& clock) {
    const bool is_period = value.find('/') != std::string_view::npos;
    return {is_period ? "PERIOD" : clock.date ? "DATE" : "DATE-TIME", clock.utc};
}

/// Are its values dates, and one where one is allowed?
bool has_dates(const Property& property) {
    if (!has_times(property)) return false;
    const bool is_list = property.is("RDATE") || property.is("EXDATE");
    bool dates = is_list || property.value.find(',') == std::string::npos;
    base::for_each_piece(property.value, ',', [&](std::string_view piece) { dates = dates && clock_of(piece); });
    return dates;
}

/// Is its zone as UTC at the time that a value in UTC says; and all the year, where a series goes by it?
bool is_as_utc(const Property& property, const WallClock& clock, bool is_of_series) {
    const auto offset = zone_of(property).offset_at(clock);
    if (!offset || *offset != 0 || !is_of_series) return !offset || *offset == 0;
    const Property local{property.name, property.parameters, date_time(clock.seconds())};
    return offsets_over_the_year(local).find_first_not_of("0 ") == std::string::npos;
}

/// One value of a line.
struct Value {
    const Property& line;
    std::string_view text;
    const WallClock& clock;
    const Kind& kind;
};

/// What programs read differently in it; none when they agree.
std::optional<std::string> fault_of_value(const Value& value, bool is_series) {
    const auto& [line, text, clock, kind] = value;
    const auto quoted = text.substr(0, longest_quoted);
    const auto said = line.parameter("VALUE");
    if (said && !base::same_word(*said, kind.type))
        return fmt::format("VALUE={}, but '{}' is a {}", *said, quoted, kind.type);
    if (kind.type == "PERIOD" && !line.is("RDATE")) return fmt::format("'{}' is a period", quoted);
    if (kind.utc && line.parameter("TZID") && !is_as_utc(line, clock, is_series && line.is("DTSTART")))
        return fmt::format("'{}' is in UTC, and the TZID names another zone", quoted);
    return std::nullopt;
}

}  // namespace

Expected<void> settle_dates(Component& component) {
    const bool is_series = component.find("RRULE") != nullptr;
    std::vector<Property> lines = std::exchange(component.properties, {});
    for (Property& line : lines) {
        if (!has_dates(line)) {
            component.properties.push_back(std::move(line));
            continue;
        }
        std::map<Kind, std::string> values;
        std::optional<Refusal> wrong;
        base::for_each_piece(line.value, ',', [&](std::string_view piece) {
            piece = base::trimmed(piece);
            const WallClock clock = *clock_of(piece);
            const Kind kind = kind_of(piece, clock);
            const auto what = wrong ? std::nullopt : fault_of_value({line, piece, clock, kind}, is_series);
            if (what) wrong = Refusal{Reason::bad_calendar, fault(component, line, *what)};
            std::string& list = values[kind];
            list.append(list.empty() ? "" : ",").append(piece);
        });
        if (wrong) return tl::unexpected(std::move(*wrong));
        for (auto& [kind, list] : values) {
            Property& one = component.properties.emplace_back(line);
            one.value = std::move(list);
            if (kind.utc) one.set_parameter("TZID", std::nullopt);
            if (!one.parameter("VALUE") && kind.type != "DATE-TIME") one.set_parameter("VALUE", std::string(kind.type));
        }
    }
    return {};
}

}  // namespace calendar::itip
