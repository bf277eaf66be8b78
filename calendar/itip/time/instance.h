#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "calendar/itip/text/document.h"

namespace calendar::itip {

/// The instance of a series that a RECURRENCE-ID or EXDATE names.
struct Instance {
    std::int64_t seconds = 0;  ///< since 1970 UTC
    std::int64_t day = 0;      ///< since 1970, in the DTSTART zone of the master
    bool date = false;         ///< VALUE=DATE
    bool whole_day = false;    ///< a date, or the time 000000 with which Exchange means the day
};

/// Reads instances as one series means them (RFC 5545 3.8.4.4): as instants, and as days in the zone of `dtstart`, the
/// master's; null when there is no master. A series without a zone of its own (floating times, days) is where its owner
/// is: in `home`, an IANA name; empty when unknown, and then as if in UTC.
class InstanceReader {
  public:
    explicit InstanceReader(const Property* dtstart, const std::string& home = {});

    /// Of the first value; none when it is not a date.
    std::optional<Instance> read(const Property& property) const;

  private:
    std::string zone_;          // TZID of the master's DTSTART, or home; empty: UTC, or unknown
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

/// Calls `use(single)` with a property for each value of every list property of that name (EXDATE, RDATE).
template <class Use>
void for_each_date(const Component& component, std::string_view name, Use use) {
    for (const Property& list : component.properties) {
        if (!list.is(name)) continue;
        Property single{list.name, list.parameters, {}};
        for (std::size_t start = 0;;) {
            const auto comma = list.value.find(',', start);
            single.value = list.value.substr(start, comma == std::string::npos ? comma : comma - start);
            use(std::as_const(single));
            if (comma == std::string::npos) break;
            start = comma + 1;
        }
    }
}

/// Takes these instances out of the EXDATEs; an EXDATE that has no value left goes.
void include_again(Component& master, const InstanceIndex& instances, const InstanceReader& reader);

}  // namespace calendar::itip
