#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "calendar/itip/apply/context.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/time/recurrence.h"

/// First step of an update: which components of the message are newer than what the calendar has? Changes nothing.
namespace calendar::itip {

/// A cancellation, which the calendar remembers, of an instance and all after it.
struct EndOfSeries {
    Instance first;
    Version version;
    const ReplyMark* mark;
};

/// The calendar's version of an event and the message's, side by side. `context` outlives it and has a stored event.
struct EventVersions {
    explicit EventVersions(ApplyContext& context);

    ApplyContext& context;  ///< searches spend its effort
    const Series& stored;
    const Series& message;
    InstanceReader reader;
    Overrides overrides;                   ///< of the stored series
    std::optional<Recurrence> recurrence;  ///< of the stored master
    std::vector<EndOfSeries> ends;

    const Component* stored_master() const noexcept { return stored.master ? &*stored.master : nullptr; }
};

/// An override of the message that counts.
struct TakenOverride {
    Component component;  ///< as in the message, but for a RECURRENCE-ID as the series writes it
    Instance instance;
    std::optional<std::size_t> replaces;  ///< place of the stored override of this instance
    const Component* governing;           ///< what the calendar has of this instance; null: nothing
    bool moved;                           ///< it takes place at another time than that
    std::string mark_id;                  ///< RECURRENCE-ID of a mark that the instance was cancelled
};

struct UpdateComparison {
    bool new_master = false;  ///< the message has a master, and it counts
    bool moved = false;       ///< the new master takes place at other times
    std::vector<TakenOverride> taken{};
    std::vector<bool> mentioned{};        ///< for each stored override: is there one of the message for its instance?
    std::optional<Refusal> left_alone{};  ///< why the first component that does not count does not
    Marks marks;                          ///< less the cancellations that the message takes back
};

/// Errors: bad_recurrence_id, too_complex, and then the message cannot be used at all.
Expected<UpdateComparison> compare_versions(const EventVersions& versions);

/// Does the calendar have this component from the organizer? What a user entered has a SEQUENCE and DTSTAMP too, but
/// they say nothing of the organizer's version.
bool written_by_organizer(const Component& known);

}  // namespace calendar::itip
