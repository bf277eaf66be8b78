#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"
#include "calendar/itip/time/effort.h"
#include "calendar/itip/time/zone/zone.h"

namespace calendar::itip {

/// While it lives, the VTIMEZONEs of this calendar count in its thread, where the system has no zones of their
/// names, and those of these words, see words_with_own_rules(), also if they cannot be read: nobody knows such a word.
class SenderZones {
  public:
    SenderZones(const Component& calendar, Effort& effort, const std::set<std::string>& words = {});
    ~SenderZones();
    SenderZones(const SenderZones&) = delete;
    SenderZones& operator=(const SenderZones&) = delete;

    /// Why the first of those that cannot be read does not count; none when all do. See clock_changes().
    const std::optional<Refusal>& trouble() const noexcept { return trouble_; }

  private:
    std::vector<std::string> names_;
    std::optional<Refusal> trouble_;
};

/// The changes of that one of the SenderZones that are alive, empty when nobody knows them; none when there is none of
/// that name.
std::optional<std::span<const OffsetChange>> sender_zone_named(std::string_view name);

}  // namespace calendar::itip
