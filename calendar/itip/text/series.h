#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// The components of one UID, apart from the calendar object they stand in.
struct Series {
    Component calendar;  ///< VCALENDAR: its properties, VTIMEZONEs and whatever else stood there
    std::string uid;     ///< see uid_text()
    std::string kind;    ///< VEVENT, VTODO, VJOURNAL or VFREEBUSY; empty when the object has nothing of the UID
    std::optional<Component> master;   ///< the one without RECURRENCE-ID
    std::vector<Component> overrides;  ///< those with one

    /// The master, else the first override, else null.
    const Component* front() const noexcept;
    /// The first ORGANIZER, of the master before the overrides; null when there is none.
    const Property* organizer() const noexcept;

    /// Calls `use(component)` for the master and every override.
    template <class Use>
    void each(Use use) {
        if (master) use(*master);
        for (Component& component : overrides)
            use(component);
    }
    template <class Use>
    void each(Use use) const {
        if (master) use(*master);
        for (const Component& component : overrides)
            use(component);
    }
};

/// What a component says, in whatever order; equal for those that differ in nothing but what programs touch.
std::string content_of(const Component& component);

/// Of the one VCALENDAR of a text. The UID is the given one, else that of the first component that has one.
/// Errors: bad_calendar (several VCALENDARs); component_mismatch when the UID stands in two kinds of components;
/// bad_recurrence_id when it has two masters.
Expected<Series> series_of(std::vector<Component> calendars, std::optional<std::string_view> uid);

/// As iCalendar text with VERSION:2.0, a PRODID, no METHOD; of the VTIMEZONEs in `calendar` all.
std::string write_series(const Series& series);

/// Do the components say the same? Without regard to the order of properties and parameters, and to what calendar
/// programs touch by themselves: CREATED, LAST-MODIFIED, RSVP and the SCHEDULE- parameters (RFC 6638 7).
bool same_content(const Series& a, const Series& b);

bool cancelled(const Component& component);

}  // namespace calendar::itip
