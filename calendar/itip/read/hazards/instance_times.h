#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/time/recurrence.h"
#include "calendar/itip/time/zone/zone.h"

/// When the instances of a series begin and how long they last, as far as hazards go.
namespace calendar::itip {

/// DTSTART; a VTODO may have DUE only. Null: none.
const Property* start_of(const Component& component);

/// How long the instances of a component last, in seconds (RFC 5545 3.8.5.2, 3.8.5.3): as long as the first, that of a
/// PERIOD as long as this.
class InstanceLengths {
  public:
    explicit InstanceLengths(const Component& component);

    std::int64_t usual() const noexcept { return usual_; }
    std::int64_t longest() const noexcept { return longest_; }
    /// Of the instance that begins then.
    std::int64_t at(std::int64_t start) const;

  private:
    std::int64_t usual_;
    std::int64_t longest_;
    std::map<std::int64_t, std::int64_t> periods_;
};

/// The starts of the instances within the horizon, in order; one more than allowed when there are more.
class InstanceStarts {
  public:
    /// Until when the instances of a series are looked at, and for what. Seconds since 1970.
    struct Span {
        std::int64_t horizon = 0;            ///< those that begin before it are kept
        std::size_t allowed = 0;             ///< this many, and one more
        std::optional<std::int64_t> recent;  ///< does one begin then or later?
    };

    InstanceStarts(const Recurrence& recurrence, const Property& first, const Span& span);

    /// Is there a rule that nothing fits, or that cannot be read?
    bool impossible() const noexcept { return impossible_; }
    /// Does one begin at the time that was asked for or later? Also when that is not known.
    bool recent() const noexcept { return recent_; }
    std::size_t size() const noexcept { return starts_.size(); }

    /// Does one begin before the one before it ends?
    bool overlap(const InstanceLengths& lengths) const;

    /// Do more begin within that time than an honest series needs?
    bool crowd(long long shortest_repeat) const;

  private:
    bool nearer(std::int64_t one, std::int64_t later, long long apart) const;
    long long change_of_clocks(std::int64_t one, std::int64_t later) const;
    std::optional<int> offset(std::int64_t near) const;

    Zone zone_;
    std::vector<std::int64_t> starts_;
    bool impossible_ = false;
    bool recent_ = false;
};

}  // namespace calendar::itip
