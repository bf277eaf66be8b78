#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "calendar/itip/text/reason.h"
#include "calendar/itip/time/effort.h"
#include "calendar/itip/time/instance.h"
#include "calendar/itip/time/rule.h"

namespace calendar::itip {

/// The instances of a series (RFC 5545 3.8.5.3): DTSTART, what RRULE and RDATE yield, less EXDATE and EXRULE, in the
/// zone of its DTSTART. All answers together take bounded time; where the bound ends the search, the instance counts as
/// not there.
class Recurrence {
  public:
    /// `effort` outlives it. `home`: see InstanceReader.
    Recurrence(const Component& master, Effort& effort, const std::string& home = {});

    /// The wall clock, in the zone of DTSTART, at which the series has this instance, excluded or not; none when it has
    /// not.
    std::optional<LocalTime> find(const Instance& instance) const;
    /// DTEND or DURATION of the instance at that wall clock as an RDATE with a PERIOD says it (RFC 5545 3.3.9); none
    /// when no PERIOD begins then.
    std::optional<Property> end_of_period(LocalTime time) const;
    /// Does an EXDATE name it?
    bool excluded(const Instance& instance) const { return excluded_.find(instance).has_value(); }
    /// What `use` of each() says to an instance.
    enum class Next { instance, rule, none };
    struct Searched {
        bool whole = false;   ///< there are no more instances than were handed out
        bool barren = false;  ///< a rule cannot be read, or fits nothing
    };
    /// Calls `use(instance)` for every instance: the first, those of RDATE, those of one rule after the other in their
    /// order, at most some ten thousand. `use` ends the search within a rule, or all of it.
    Searched each(const std::function<Next(const Instance&)>& use) const;
    /// The first instance after this one that is wanted and not excluded; none when there is none. Errors: too_complex
    /// when the search ended before it was found.
    Expected<std::optional<LocalTime>> next_after(const Instance& instance,
                                                  const std::function<bool(const Instance&)>& wanted) const;

    /// A property that says this time as DTSTART does, with its zone and value type.
    Property at(std::string name, LocalTime time) const;
    /// The instance at that wall clock.
    Instance instance(LocalTime time) const;
    /// When the series has what a component of it is for: the instance of its RECURRENCE-ID, else the first.
    LocalTime time_of(const Component& component) const;
    /// Does the series begin with it, or later?
    bool is_first(const Instance& instance) const;
    /// Does this RRULE of the series yield the instance or a later one?
    bool goes_on_after(const Property& rrule, const Instance& instance) const;
    /// UNTIL of a rule that ends before this instance (RFC 5545 3.3.10: UTC where DTSTART has a zone).
    std::string until_before(const Instance& instance) const;

  private:
    struct BoundedRule {
        std::string text;
        Rule rule;
        std::optional<Instance> until;
        mutable std::optional<LocalTime> last = {};  // of COUNT, once it was asked for
    };
    struct FurtherDate {
        Instance instance;
        std::string end;   // of a PERIOD, as written; empty: none
        std::size_t list;  // place in further_zones_
    };

    void read_rule(const Property& property);
    void read_further_dates(const Property& list);

    LocalTime clock_at(const Instance& instance) const;
    bool removed(const Instance& instance) const;
    std::optional<LocalTime> last_of(const BoundedRule& bounded) const;
    bool within(const BoundedRule& bounded, LocalTime time) const;
    bool before_until(const BoundedRule& bounded, const Instance& at) const;
    std::optional<LocalTime> found_in(const BoundedRule& bounded, const Instance& instance) const;

    Effort& effort_;  // for all searches
    InstanceReader reader_;
    std::optional<Property> dtstart_;
    std::optional<WallClock> start_;
    Zone zone_;  // of DTSTART
    std::vector<BoundedRule> rules_, exrules_;
    std::vector<FurtherDate> further_;                       // of RDATE
    std::vector<std::optional<std::string>> further_zones_;  // TZID of each list of them
    InstanceIndex dates_;                                    // places in further_
    InstanceIndex excluded_;
    bool unreadable_rule_ = false;
    bool unreadable_date_ = false;  // of RDATE
};

}  // namespace calendar::itip
