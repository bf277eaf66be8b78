#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

/// The instance of a series that a RECURRENCE-ID or EXDATE names.
struct Instance {
    std::int64_t seconds = 0;  ///< since 1970 UTC
    std::int64_t day = 0;      ///< since 1970, in the DTSTART zone of the master
    bool date = false;         ///< VALUE=DATE
    bool whole_day = false;    ///< a date, or the time 000000 with which Exchange means the day
};

/// One value of a list of dates (EXDATE, RDATE).
struct DateValue {
    const Property& list;
    std::string_view text;  ///< as written: a date, or a PERIOD
    Zone zone;              ///< that the list names
};

/// A list of that value alone.
Property single_date(const DateValue& date);

/// Reads instances as one series means them (RFC 5545 3.8.4.4): as instants, and as days in the zone of `dtstart`, the
/// master's; null when there is no master. A series without a zone of its own (floating times, days) is where its owner
/// is: in `home`, an IANA name; empty when unknown, and then as if in UTC.
class InstanceReader {
  public:
    explicit InstanceReader(const Property* dtstart, const std::string& home = {});

    /// Of the first value; none when it is not a date.
    std::optional<Instance> read(const Property& property) const;
    std::optional<Instance> read(const DateValue& date) const;
    /// Of a clock in that zone; where none is named, in that of the series.
    Instance read(const WallClock& written, const Zone& zone) const;

  private:
    Zone zone_;                 // of the master's DTSTART, or home; none: UTC, or unknown
    bool days_ = false;         // the series is of days
    bool utc_ = false;          // its times are in UTC
    bool at_midnight_ = false;  // it begins at 000000 itself: a time like any other then
};

/// Places by instance, in constant time. Two name the same one when they are the same instant; or by day, when one of
/// them is a whole day. Of several on a day, one that is itself a whole day is found before the others, then the first.
class InstanceIndex {
  public:
    void add(const Instance& instance, std::size_t place);
    std::optional<std::size_t> find(const Instance& instance) const;

  private:
    std::unordered_map<std::int64_t, std::size_t> exact_;
    std::unordered_map<std::int64_t, std::size_t> days_;        // of every instance
    std::unordered_map<std::int64_t, std::size_t> whole_days_;  // of those that are whole days
};

/// Calls `use(date)` for each value of a list of dates.
template <class Use>
void for_each_date(const Property& list, Use use) {
    DateValue date{list, {}, zone_of(list)};
    base::for_each_piece(list.value, ',', [&](std::string_view text) {
        date.text = text;
        use(std::as_const(date));
    });
}

/// Calls `use(date)` for each value of every list of that name.
template <class Use>
void for_each_date(const Component& component, std::string_view name, Use use) {
    for (const Property& list : component.properties)
        if (list.is(name)) for_each_date(list, use);
}

/// Takes these instances out of the EXDATEs; an EXDATE that has no value left goes.
void include_again(Component& master, const InstanceIndex& instances, const InstanceReader& reader);

}  // namespace calendar::itip
