#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace calendar::itip {

struct WallClock;

/// A change of a zone's clocks: from then on they are `offset` seconds east of UTC.
struct OffsetChange {
    std::int64_t utc = 0;  ///< seconds since 1970
    std::int64_t offset = 0;
};

/// The changes of offset are known up to the beginning of this year.
constexpr int zones_end = 2040;

/// The rules of the clock that a TZID names. Points to the changes of the one who knows them: the system for ever, a
/// SenderZones as long as it lives.
class Zone {
  public:
    Zone() = default;  ///< no TZID
    /// In their order; the first one counts since ever. None: nobody knows the name.
    explicit Zone(std::span<const OffsetChange> changes) noexcept : named_(true), changes_(changes) {}

    bool is_named() const noexcept { return named_; }
    /// Seconds east of UTC at that wall clock; none for no zone or an unknown one. Of a time that a change of clocks
    /// leaves out or brings twice, the offset before the change counts (RFC 5545 3.3.5).
    std::optional<int> offset_at(const WallClock& clock) const;
    /// Are both as far from UTC at every instant from `from` to `end`, seconds since 1970? False where a zone is
    /// unknown.
    bool agrees_with(const Zone& other, std::int64_t from, std::int64_t end) const;
    /// Have both the same rules, or both none?
    bool operator==(const Zone& other) const noexcept {
        return named_ == other.named_ && changes_.data() == other.changes_.data();
    }

  private:
    bool named_ = false;
    std::span<const OffsetChange> changes_;
};

}  // namespace calendar::itip
